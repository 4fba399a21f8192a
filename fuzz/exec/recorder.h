// The recorder: turns an execution into a Trace and into the list of its decisions.
//
// A step's name is (op, function, visit): the visit-th step whose source position lies in
// `function`, counted from the beginning of the op. Names survive edits of the program better than
// step numbers.
//
// Promises: recording decides nothing; names are the same whether or not a trace is recorded.
// Leaves out: printing (fuzz/report).
#pragma once

#include <string>
#include <vector>

#include "fuzz/exec/executor.h"

namespace rw::exec {

// Counts visits: the name of the step that task `t` is about to make goes into
// g_executor.function[t] and visit[t]. Called once per step when names are kept.
void name_pending_step(unsigned t);
// A new op of task `t` begins: its visits count from 1 again.
void forget_visits(unsigned t);

class Recorder {
 public:
  // The interesting half of an event; who, when and inside what is filled in here.
  struct What {
    EventKind kind;
    const void* object = nullptr;
    std::uint64_t before = 0;
    std::uint64_t after = 0;
    std::string text = {};
    unsigned size = 0;  // of a plain access, in bytes
  };
  void event(What what, const sync::site& where);

  void segment_begins(unsigned task);
  void segment_ends(Segment::Until until);
  void choice(const char* what, unsigned n, unsigned value, const sync::site& where);

  void take(Trace& trace, Decisions& decisions);

 private:
  void see_plain_value();

  Trace trace_;
  const void* plain_ = nullptr;  // what the last event accessed plainly, until its value is seen
  unsigned plain_size_ = 0;
  Decisions decisions_;
  bool open_ = false;  // the last segment has not ended
  struct Seen {
    unsigned task;
    unsigned op;
    std::string what;
    std::uint16_t count;
  };
  std::vector<Seen> choices_seen_;
};

// Adds an event, if a trace is recorded; its arguments are not evaluated otherwise.
#define RW_RECORD(where, ...)                                       \
  do {                                                              \
    if (::rw::exec::g_executor.recorder != nullptr) [[unlikely]]    \
      ::rw::exec::g_executor.recorder->event({__VA_ARGS__}, where); \
  } while (false)

}  // namespace rw::exec

// Trace: what happened in one execution, event by event, with model names instead of addresses.
//
// Promises: complete enough for every report (table, HTML, explanation) without running again;
// recording never changes the execution.
// Leaves out: speed. A trace is recorded only when a failure is looked at or a user asks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/memory/clock.h"

namespace rw::exec {

enum class EventKind : std::uint8_t {
  op_begin,         // text: the op as a program spells it
  op_end,           // text: "" or "skipped: <why>"
  operation_begin,  // object, operation: a lock/unlock/rcu/put scope opens
  operation_end,
  load,         // object, after: value read
  store,        // object, before, after
  rmw,          // object, before, after
  fence,        // text: order
  plain_read,   // object, after if known
  plain_write,  // object, after if known
  wait,         // object: it compares and blocks
  wake,         // goes on after having been blocked
  notify,       // object
  relax,
  choice,    // text: what, after: value, before: number of values
  born,      // object; text: type
  died,      // object
  acquired,  // object: a lock is now held; before: 1 if shared
  released,  // object
  note,      // text: RW_NOTE
};

// Phases of an execution.
inline constexpr std::uint8_t kSetup = 0, kParallel = 1, kFinish = 2;

struct Event {
  EventKind kind = EventKind::note;
  std::uint8_t task = 0;
  std::uint8_t phase = kSetup;
  std::uint16_t op = 0;        // index of the op it belongs to
  std::uint32_t step = 0;      // number of the step it belongs to, from 1; set-up counts too
  std::uint32_t location = 0;  // arena offset, 0 if none
  std::uint64_t before = 0;    // values, where the kind has them
  std::uint64_t after = 0;
  bool known = false;     // of a plain access: `after` is the value read or written
  memory::Clock clock{};  // what the task knows once it has happened: entry t is how far t had come
  std::string object;     // "page#1.mapcount", "" if none
  std::string before_words, after_words;  // what the values mean; "" where a number says all
  std::string operation;                  // innermost open operation scope's name, "" if none
  std::string text;
  Place where;
};

struct Trace {
  std::vector<Event> events;
};

// One decision of an execution, enough to make it again: see fuzz/program/program.h for the saved
// form. Recorded together with a trace, parallel part only.
struct Segment {
  enum class Until : std::uint8_t { step, blocked, end };
  std::uint8_t task = 0;
  Until until = Until::end;
  std::uint16_t op = 0;     // until == step: stop before the visit-th step in `function` of this op
  std::uint16_t visit = 0;  // from 1
  std::string function;
};
struct ChoiceMade {
  std::uint8_t task = 0;
  std::uint16_t op = 0;
  std::uint16_t visit = 0;  // n-th choice of this name in this op, from 1
  std::string what;
  std::uint16_t value = 0;  // never 0: zeros are not recorded
};
struct Decisions {
  std::vector<Segment> segments;
  std::vector<ChoiceMade> choices;
};

}  // namespace rw::exec

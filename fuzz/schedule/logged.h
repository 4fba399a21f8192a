// Logged: a strategy whose decisions are on record while the run lasts.
//
// The recorder of fuzz/exec hands over its list when a run has ended. A run that ends with its
// process never gets there, so this one tells of each decision when it is made.
//
// Promises: the run is the one that the strategy inside would make; the list replays it.
// Leaves out: where the list is kept.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fuzz/exec/strategy.h"
#include "fuzz/exec/trace.h"

namespace rw::schedule {

class Logged : public exec::Strategy {
 public:
  // `log` gets all decisions so far, the last segment being open; it is called after each switch
  // and each choice that is not the benign one, on a task's fiber. `inner` must outlive this.
  using Log = std::function<void(const exec::Decisions&)>;
  Logged(exec::Strategy& inner, Log log) : inner_(inner), log_(std::move(log)) {}

  bool follows_names() const override { return true; }
  void begin(unsigned task_count) override;
  unsigned pick(const exec::View& view) override;
  unsigned choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                  const sync::site& where) override;

 private:
  void end_segment(const exec::View& view);

  exec::Strategy& inner_;
  Log log_;
  exec::Decisions decisions_;
  struct Seen {
    unsigned task, op;
    std::string what;
    std::uint16_t count;
  };
  std::vector<Seen> choices_seen_;
};

}  // namespace rw::schedule

// Touched: who touched a location last.
//
// Promises: no heap memory, and little to clear. Leaves out: exactness: locations share slots, so
// what is said of one may be a guess. For strategies, which may guess.
#pragma once

#include <array>
#include <cstdint>

#include "fuzz/exec/strategy.h"

namespace rw::schedule {

class Touched {
 public:
  void begin() { slots_ = {}; }

  // `task` makes this step.
  void note(unsigned task, const exec::PendingStep& step) {
    if (step.location != 0) slots_[slot_of(step.location)] = {step.location, task};
  }

  // Whether it was `task` that last touched what this step is about.
  bool last_was(unsigned task, const exec::PendingStep& step) const {
    const Slot& s = slots_[slot_of(step.location)];
    const Slot mine{step.location, task};
    return (s == mine) & (step.location != 0);  // no branch between
  }

 private:
  static constexpr unsigned kBits = 8;
  struct Slot {
    std::uint32_t location = 0;  // 0: nobody was here
    std::uint32_t task = 0;

    bool operator==(const Slot&) const = default;
  };
  static unsigned slot_of(std::uint32_t location) {
    return location * 0x9e3779b1U >> (32U - kBits);
  }

  std::array<Slot, 1U << kBits> slots_{};
};

}  // namespace rw::schedule

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
    if (step.location != 0)
      slots_[slot_of(step.location)] = {step.location, static_cast<std::uint8_t>(task)};
  }

  // Whether it was `task` that last touched what this step is about.
  bool last_was(unsigned task, const exec::PendingStep& step) const {
    const Slot& s = slots_[slot_of(step.location)];
    return step.location != 0 && s.location == step.location && s.task == task;
  }

 private:
  static constexpr unsigned kBits = 8;
  struct Slot {
    std::uint32_t location = 0;  // 0: nobody was here
    std::uint8_t task = 0;
  };
  static unsigned slot_of(std::uint32_t location) {
    return location * 0x9e3779b1U >> (32U - kBits);
  }

  std::array<Slot, 1U << kBits> slots_{};
};

}  // namespace rw::schedule

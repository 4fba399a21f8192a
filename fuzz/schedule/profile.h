// Profile: which locations the tasks of a program share, and how many steps each makes there.
//
// From one run, so it is exact for programs whose tasks do the same under every schedule and an
// estimate for others. Promises: a function of the run; no heap memory is touched while it is made.
// Leaves out: locations that one task alone touches or that none writes, and what comes after the
// first kMaxLocations of them.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "fuzz/exec/strategy.h"

namespace rw::schedule {

struct Profile {
  struct Shared {
    std::uint32_t location = 0;
    std::array<std::uint16_t, exec::kMaxTasks> steps{};  // by task
  };
  std::vector<Shared> shared;
};

// Makes the decisions of another strategy, and a profile meanwhile.
class Profiler : public exec::Strategy {
 public:
  static constexpr unsigned kMaxLocations = 512;

  // `inner` must outlive this.
  explicit Profiler(exec::Strategy& inner) : inner_(inner) {}

  // Of the last run.
  Profile profile() const;

  bool follows_names() const override { return inner_.follows_names(); }
  bool asked_always() const override { return true; }
  void begin(unsigned task_count) override;
  unsigned pick(const exec::View& view) override;
  unsigned choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                  const sync::site& where) override;

 private:
  struct Row {
    Profile::Shared counts;
    exec::TaskSet tasks = 0;  // who touches it
    bool written = false;
  };
  static constexpr unsigned kSlots = 2 * kMaxLocations;  // a power of two

  void count(const exec::PendingStep& step, unsigned task);

  exec::Strategy& inner_;
  std::array<std::uint16_t, kSlots> row_of_{};  // by hash: 1 + index in rows_, 0: none
  std::array<Row, kMaxLocations> rows_{};
  unsigned row_count_ = 0;
};

}  // namespace rw::schedule

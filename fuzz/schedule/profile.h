// Profile: which locations the tasks of a program share, how many steps each makes there and in
// which order, and at which places in the code the tasks stand on their way.
//
// From one run, so it is exact for programs whose tasks do the same under every schedule and an
// estimate for others. Promises: a function of the run; no heap memory is touched while it is made.
// Leaves out: locations that one task alone touches or that none writes, and what comes after the
// first kMaxLocations locations, kMaxAccesses accesses and kMaxPlaces places.
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
  static constexpr std::uint16_t kNoPlace = 0xffff;
  // A step at a shared location: the n-th (from 1) that its task makes there.
  struct Access {
    std::uint16_t location = 0;  // index in `shared`
    std::uint16_t n = 0;
    std::uint16_t place = kNoPlace;  // index in `places`
    std::uint8_t task = 0;
    bool reads = false;
    bool writes = false;
    bool waits = false;  // it may have been blocked here, or was
  };
  // A source position from which a task makes steps.
  struct Place {
    sync::site where;
    std::uint16_t steps = 0;
    std::uint8_t task = 0;
    bool near_choice = false;  // some of them just after asking for a choice of the design
  };
  std::vector<Shared> shared;
  std::vector<Access> accesses;  // in the order they were made
  std::vector<Place> places;     // in the order they were first met
};

// Makes the decisions of another strategy, and a profile meanwhile.
class Profiler : public exec::Strategy {
 public:
  static constexpr unsigned kMaxLocations = 512;
  static constexpr unsigned kMaxAccesses = 2048;
  static constexpr unsigned kMaxPlaces = 512;

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

  void count(const exec::PendingStep& step, unsigned task, std::uint16_t place);
  // Returns its index, or kNoPlace.
  std::uint16_t count_place(const exec::PendingStep& step, unsigned task);

  exec::Strategy& inner_;
  std::array<std::uint16_t, kSlots> row_of_{};  // by hash: 1 + index in rows_, 0: none
  std::array<Row, kMaxLocations> rows_{};
  unsigned row_count_ = 0;
  std::array<Profile::Access, kMaxAccesses> accesses_{};  // `location`: index in rows_
  unsigned access_count_ = 0;
  std::array<std::uint16_t, 2 * kMaxPlaces> place_of_{};  // by hash: 1 + index in places_, 0: none
  std::array<Profile::Place, kMaxPlaces> places_{};
  unsigned place_count_ = 0;
};

}  // namespace rw::schedule

// Races of a profile: what could have come the other way round, and what is ordered otherwise.
#include "fuzz/schedule/races.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace {

using namespace rw;
using schedule::Profile;

enum Location : std::uint16_t { kLock, kData, kOther, kLocations };

// A profile written by hand: each step stands at a place of its own.
struct Steps {
  Profile profile;
  std::array<std::array<std::uint16_t, kLocations>, 3> made{};

  Steps() {
    profile.shared.resize(kLocations);
    for (std::uint32_t l = 0; l < kLocations; ++l) profile.shared[l].location = 64 * (l + 1);
  }
  void step(std::uint8_t task, Location location, bool writes, bool waits = false) {
    const auto place = static_cast<std::uint16_t>(profile.places.size());
    profile.places.push_back({.where = sync::site::current(), .steps = 1, .task = task});
    profile.accesses.push_back({.location = location,
                                .n = ++made[task][location],
                                .place = place,
                                .task = task,
                                .reads = true,
                                .writes = writes,
                                .waits = waits});
  }
  // "0 2": the access with index 0 races with that with index 2.
  std::string races() const {
    std::string text;
    for (const schedule::Race& r : schedule::races_of(profile))
      text += (text.empty() ? "" : ", ") + std::to_string(r.first) + " " + std::to_string(r.second);
    return text;
  }
};

TEST(Races, AreConflictsThatNothingElseOrders) {
  Steps run;
  run.step(0, kData, true);
  run.step(1, kData, false);
  EXPECT_EQ(run.races(), "0 1");
}

TEST(Races, AreNoneOfTwoReadsOrOfOneTask) {
  Steps run;
  run.step(0, kData, false);
  run.step(1, kData, false);
  run.step(1, kData, true);
  EXPECT_EQ(run.races(), "0 2");
}

TEST(Races, AreTheLockingAndNotWhatTheLockOrders) {
  Steps run;
  run.step(0, kLock, true);  // 0: lock
  run.step(0, kData, true);  // 1
  run.step(0, kLock, true);  // 2: unlock
  run.step(1, kLock, true);  // 3: lock
  run.step(1, kData, true);  // 4
  EXPECT_EQ(run.races(), "2 3, 0 3");
}

TEST(Races, AreWithTheLastOfTheOtherTasksOnly) {
  Steps run;
  run.step(0, kData, true);
  run.step(1, kData, true);
  run.step(2, kData, true);
  EXPECT_EQ(run.races(), "0 1, 1 2");
}

TEST(Races, AreNoneWithAStepThatWaitsForTheFirst) {
  Steps run;
  run.step(0, kData, true);
  run.step(1, kData, false, true);
  EXPECT_EQ(run.races(), "");
}

TEST(Races, KnowWhatCameOverAnotherLocation) {
  Steps run;
  run.step(0, kData, true);   // 0
  run.step(0, kOther, true);  // 1: T0 says that it is done
  run.step(1, kOther, true);  // 2: T1 sees it
  run.step(1, kData, true);   // 3
  EXPECT_EQ(run.races(), "1 2");
}

}  // namespace

#include "fuzz/schedule/races.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace rw::schedule {

namespace {

constexpr std::uint16_t kNone = 0xffff;

// By task: how many of its accesses are known of.
using Known = std::array<std::uint16_t, exec::kMaxTasks>;

void join(Known& into, const Known& from) {
  for (unsigned t = 0; t < exec::kMaxTasks; ++t) into[t] = std::max(into[t], from[t]);
}

struct AtLocation {
  Known by_write{};  // what who reads here comes by
  Known by_all{};    // what who writes here comes by
  std::uint16_t last = kNone;
};

}  // namespace

std::vector<Race> races_of(const Profile& profile) {
  std::vector<AtLocation> locations(profile.shared.size());
  std::array<Known, exec::kMaxTasks> tasks{};
  std::vector<std::uint16_t> number(profile.accesses.size());  // of its task's accesses
  std::vector<std::uint16_t> before(profile.accesses.size());  // at the same location
  std::set<std::pair<std::uint16_t, std::uint16_t>> places;
  std::vector<Race> races;
  const auto count = static_cast<std::uint16_t>(profile.accesses.size());  // at most kMaxAccesses
  for (std::uint16_t i = 0; i < count; ++i) {
    const Profile::Access& second = profile.accesses[i];
    AtLocation& here = locations[second.location];
    Known& mine = tasks[second.task];
    unsigned other = second.task;
    std::uint16_t at = here.last;
    for (unsigned back = 0; at != kNone && back < kLookBack; ++back, at = before[at]) {
      const Profile::Access& first = profile.accesses[at];
      if (first.task == second.task) continue;
      if (other == second.task) other = first.task;
      if (first.task != other) break;
      const bool conflict = first.writes || second.writes;
      const bool known = number[at] <= mine[first.task];
      const bool placed = first.place != Profile::kNoPlace && second.place != Profile::kNoPlace;
      if (!conflict || known || !placed || second.waits || races.size() == kMostRaces) continue;
      if (places.insert({first.place, second.place}).second) races.push_back({at, i});
    }
    join(mine, second.writes ? here.by_all : here.by_write);
    number[i] = ++mine[second.task];
    join(here.by_all, mine);
    if (second.writes) here.by_write = here.by_all;
    before[i] = std::exchange(here.last, i);
  }
  return races;
}

}  // namespace rw::schedule

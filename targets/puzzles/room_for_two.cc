// room_for_two: three tasks pass a check for two, because checking and acting are two steps.
//
//   1  T0 enters and stays: one inside
//   2  T1 checks: one inside, so there is room
//   3  T2 checks, finds the same and enters: two inside
//   4  T1 enters: three inside
//
// Fix: check and enter in one compare-and-exchange. Shows as invariant within 6,000 executions;
// shrinks to 3 tasks, 3 ops, 3 switches. No two tasks can do it.
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

constexpr std::uint32_t kRoom = 2;

struct RoomForTwo {
  sync::atomic<std::uint32_t> inside{0};
};

RoomForTwo* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::RoomForTwo, "room_for_two", inside)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<RoomForTwo>();
  s_planted = planted;
}

// Returns how many are inside with this task, or 0 if there was no room.
std::uint32_t enter() {
  if (s_planted) return s->inside.load() < kRoom ? s->inside.fetch_add(1) + 1 : 0;
  std::uint32_t seen = s->inside.load();
  do {
    if (seen >= kRoom) return 0;
  } while (!s->inside.compare_exchange_strong(seen, seen + 1));
  return seen + 1;
}

const char* visit() {
  const std::uint32_t inside = enter();
  if (inside == 0) return "no room";
  if (inside > kRoom)
    sync::fail("invariant", {"room_for_two.inside"},
               fmt::format("{} inside, room for {}", inside, kRoom));
  s->inside.fetch_sub(1);
  return nullptr;
}

}  // namespace

constinit const Puzzle room_for_two = {
    .name = "room_for_two",
    .kind = "invariant",
    .what = "checking for room and entering are two steps; it takes three tasks to overfill",
    .fix = "one compare-and-exchange does both",
    .begin = begin,
    .roles = {visit},
    .finish = nullptr,
    .tasks = 3,
    .budget = 6'000,
    .shrunk = {.tasks = 3, .ops = 3, .switches = 3},
};

}  // namespace rw::puzzles

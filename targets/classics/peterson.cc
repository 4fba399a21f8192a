// peterson: Dekker's problem in fewer lines, and with the same need.
//
//   1  T1 says that it wants in and gives T2 the turn; none of it has reached T2
//   2  T2 says that it wants in and gives T1 the turn
//   3  each sees that the other does not want in: both are inside
//
// Shows under weak memory only: no load or store is more than acquire or release. Fix: all are
// sequentially consistent.
// Source: G. L. Peterson, "Myths About the Mutual Exclusion Problem", Information Processing
// Letters 12(3), 1981.
#include "targets/classics/classic.h"

namespace rw::classics {
namespace {

struct Peterson {
  sync::atomic<std::uint32_t> wants[2] = {0, 0};
  sync::atomic<std::uint32_t> turn{0};
  plain_int inside{0};
  seats<2> sides;
};

Peterson* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Peterson, "peterson", wants, turn, inside)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<Peterson>();
  s_planted = planted;
}

std::uint32_t look(const sync::atomic<std::uint32_t>& word) {
  return word.load(s_planted ? sync::order::acquire : sync::order::seq_cst);
}
void say(sync::atomic<std::uint32_t>& word, std::uint32_t value) {
  word.store(value, s_planted ? sync::order::release : sync::order::seq_cst);
}

const char* visit() {
  const unsigned me = s->sides.mine();
  if (me == seats<2>::kNone) return "both sides are taken";
  const unsigned other = 1 - me;
  say(s->wants[me], 1);
  say(s->turn, other);
  while (look(s->wants[other]) != 0 && look(s->turn) == other) sync::relax();
  require(s->inside.fetch_add(1) == 0, "peterson.inside", "both sides are inside");
  s->inside.fetch_sub(1);
  say(s->wants[me], 0);
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "peterson", .teams = {{2, 0}}, .best = {}, .budget = 5'000},
};

}  // namespace

constinit const Classic peterson = {
    .name = "peterson",
    .kinds = {"invariant"},
    .what = "Peterson's algorithm without sequentially consistent accesses",
    .fix = "with them",
    .source = "Peterson, Information Processing Letters 12(3), 1981",
    .begin = begin,
    .roles = {visit},
    .finish = nullptr,
    .programs = kPrograms,
    .memory = "weak",
};

}  // namespace rw::classics

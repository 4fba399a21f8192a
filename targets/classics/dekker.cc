// dekker: mutual exclusion by loads and stores alone, on a machine that buffers stores.
//
//   1  T1 says that it wants in, and does not see that T2 does
//   2  T2 says that it wants in, and does not see that T1 does
//   3  both are inside
//
// Shows under weak memory only: no load or store is more than acquire or release. Fix: all are
// sequentially consistent.
// Source: E. W. Dijkstra, "Cooperating Sequential Processes", EWD 123, 1965, who gives the
// algorithm as Th. J. Dekker's.
#include "targets/classics/classic.h"

namespace rw::classics {
namespace {

struct Dekker {
  sync::atomic<std::uint32_t> wants[2] = {0, 0};
  sync::atomic<std::uint32_t> turn{0};
  plain_int inside{0};
  seats<2> sides;
};

Dekker* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Dekker, "dekker", wants, turn, inside)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<Dekker>();
  s_planted = planted;
}

std::uint32_t look(const sync::atomic<std::uint32_t>& word) {
  return word.load(s_planted ? sync::order::acquire : sync::order::seq_cst);
}
void say(sync::atomic<std::uint32_t>& word, std::uint32_t value) {
  word.store(value, s_planted ? sync::order::release : sync::order::seq_cst);
}

void lock(unsigned me) {
  say(s->wants[me], 1);
  while (look(s->wants[1 - me]) != 0) {
    if (look(s->turn) != me) {
      say(s->wants[me], 0);
      while (look(s->turn) != me) sync::relax();
      say(s->wants[me], 1);
    }
    sync::relax();
  }
}

void unlock(unsigned me) {
  say(s->turn, 1 - me);
  say(s->wants[me], 0);
}

const char* visit() {
  const unsigned me = s->sides.mine();
  if (me == seats<2>::kNone) return "both sides are taken";
  lock(me);
  require(s->inside.fetch_add(1) == 0, "dekker.inside", "both sides are inside");
  s->inside.fetch_sub(1);
  unlock(me);
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "dekker", .teams = {{2, 0}}, .best = {}, .budget = 5'000},
};

}  // namespace

constinit const Classic dekker = {
    .name = "dekker",
    .kinds = {"invariant", "livelock"},
    .what = "Dekker's algorithm without sequentially consistent accesses",
    .fix = "with them",
    .source = "Dijkstra, EWD 123, 1965",
    .begin = begin,
    .roles = {visit},
    .finish = nullptr,
    .programs = kPrograms,
    .memory = "weak",
};

}  // namespace rw::classics

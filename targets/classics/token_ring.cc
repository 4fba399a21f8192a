// token_ring: a value is handed on from thread to thread, and nobody waits for it.
//
//   1  T2 takes over x1 before T1 has set it, or T3 takes over x2 before T2 has
//   2  T4 finds all done, and the values differ
//
// Fix: who finds that the token has not come does nothing.
// Source: SCTBench "CS/token_ring", from the ESBMC suite.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

struct TokenRing {
  mutex lock;
  plain_int x1{1};
  plain_int x2{2};
  plain_int x3{1};
  plain_int done1{0};
  plain_int done2{0};
  plain_int done3{0};
  once starts;
};

TokenRing* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::TokenRing, "token_ring", lock, x1, x2, x3, done1, done2, done3)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<TokenRing>();
  s_planted = planted;
}

const char* start() {
  if (!s->starts.first()) return "the token is on its way";
  s->lock.lock();
  s->x1.store((s->x3.load() + 1) % 4);
  s->done1.store(1);
  s->lock.unlock();
  return nullptr;
}

const char* hand_on(const plain_int& from, const plain_int& from_done, plain_int& to,
                    plain_int& to_done) {
  s->lock.lock();
  const bool has_come = s_planted || from_done.load() != 0;
  if (has_come) {
    to.store(from.load());
    to_done.store(1);
  }
  s->lock.unlock();
  return has_come ? nullptr : "the token has not come";
}

const char* one_to_two() {
  return hand_on(s->x1, s->done1, s->x2, s->done2);
}
const char* two_to_three() {
  return hand_on(s->x2, s->done2, s->x3, s->done3);
}

const char* check() {
  s->lock.lock();
  if (s->done1.load() != 0 && s->done2.load() != 0 && s->done3.load() != 0)
    require(s->x1.load() == s->x2.load() && s->x2.load() == s->x3.load(), "token_ring.x3",
            "the token has gone round and the values differ");
  s->lock.unlock();
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "token_ring",
     .teams = {{1, 0}, {1, 1}, {1, 2}, {1, 3}},
     .best = {"PERIOD", 2},
     .budget = 500},
};

}  // namespace

constinit const Classic token_ring = {
    .name = "token_ring",
    .kinds = {"invariant"},
    .what = "each thread hands a value on without waiting for the thread before it",
    .fix = "it does nothing until the value has come",
    .source = "SCTBench CS/token_ring (Thomson, Donaldson, Betts, PPoPP 2014)",
    .begin = begin,
    .roles = {start, one_to_two, two_to_three, check},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics

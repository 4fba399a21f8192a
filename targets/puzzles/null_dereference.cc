// null_dereference: a pointer is checked, and then read again to be followed.
//
//   1  T0 finds the pointer set
//   2  T1 clears it
//   3  T0 reads it again and follows null
//
// Fix: read it once. Shows as crash (SIGSEGV, so only a worker process may run it) within 1,500
// executions; shrinks to 2 tasks, 2 ops, 2 switches.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct NullDereference {
  sync::atomic<const volatile int*> pointer{nullptr};
};

const volatile int s_value = 42;  // never freed: only null is wrong here

NullDereference* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::NullDereference, "null_dereference", pointer)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<NullDereference>();
  s_planted = planted;
  kernel::WRITE_ONCE(s->pointer, &s_value);
}

const char* follow() {
  const volatile int* seen = kernel::READ_ONCE(s->pointer);
  if (seen == nullptr) return "the pointer is cleared";
  if (s_planted) seen = kernel::READ_ONCE(s->pointer);
  const int value = *seen;
  RW_CHECK(value == 42, "the value is constant");
  return nullptr;
}

const char* clear() {
  kernel::WRITE_ONCE(s->pointer, nullptr);
  return nullptr;
}

}  // namespace

constinit const Puzzle null_dereference = {
    .name = "null_dereference",
    .kind = "crash",
    .what = "a pointer is checked and then read again to be followed",
    .fix = "it is read once",
    .begin = begin,
    .roles = {follow, clear},
    .finish = nullptr,
    .tasks = 2,
    .budget = 1'500,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 2},
    .dies = true,
};

}  // namespace rw::puzzles

// double_free: completing and cancelling a request both find it pending.
//
//   1  T0 finds the request pending
//   2  T1 finds it pending, marks it done and frees it
//   3  T0 marks it done and frees it again
//
// Fix: test and mark in one exchange. Shows as double-free within 150 executions; shrinks to
// 2 tasks, 2 ops, 2 switches.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct Request {
  sync::atomic<std::uint32_t> sector;
};

struct DoubleFree {
  sync::atomic<std::uint32_t> pending{1};
  Request* request = nullptr;  // whoever ends `pending` frees it
};

kernel::kmem_cache* s_cache;

DoubleFree* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::Request, "request", sector)
RW_TYPE_NAMED(rw::puzzles::DoubleFree, "double_free", pending, request)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<DoubleFree>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<Request>();
  s->request = kernel::kmem_cache_alloc<Request>(s_cache);
}

// Whether the caller is the one who ended it.
bool end_pending() {
  if (!s_planted) return kernel::xchg(&s->pending, 0) == 1;
  if (kernel::READ_ONCE(s->pending) == 0) return false;
  kernel::WRITE_ONCE(s->pending, 0);
  return true;
}

const char* complete() {
  if (!end_pending()) return "no request is pending";
  kernel::kmem_cache_free(s_cache, s->request);
  return nullptr;
}

const char* cancel() {
  return complete();
}

void finish() {
  complete();
}

}  // namespace

constinit const Puzzle double_free = {
    .name = "double_free",
    .kind = "double-free",
    .what = "completion and cancellation test and clear a flag in two steps",
    .fix = "one exchange does both",
    .begin = begin,
    .roles = {complete, cancel},
    .finish = finish,
    .tasks = 2,
    .budget = 150,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 2},
};

}  // namespace rw::puzzles

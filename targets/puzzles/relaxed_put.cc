// relaxed_put: the last reference is dropped without knowing what other users did before theirs.
//
//   1  T0 writes to the object and drops its reference, relaxed
//   2  T1 drops the last one, relaxed, and frees the object
//
// The free comes after the use in time, but nothing orders it so: on a weakly ordered machine T0's
// write can land in memory that has a new owner. Fix: release on each drop and acquire on the last.
// Shows as use-after-free (a free against an unordered use) within 150 executions; shrinks to
// 2 tasks, 2 ops, 1 switch.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct UsedObject {
  sync::atomic<std::uint32_t> hits;
};

struct RelaxedPut {
  kernel::atomic_t users{1};
  sync::atomic<std::uint32_t> owned{1};  // 1: the owner has not dropped its reference yet
  UsedObject* object = nullptr;          // set once; lives while `users` is not 0
};

kernel::kmem_cache* s_cache;

RelaxedPut* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::UsedObject, "used_object", hits)
RW_TYPE_NAMED(rw::puzzles::RelaxedPut, "relaxed_put", users, owned, object)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<RelaxedPut>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<UsedObject>();
  s->object = kernel::kmem_cache_alloc<UsedObject>(s_cache);
  kernel::WRITE_ONCE(s->object->hits, 0);
}

void put() {
  const sync::order o = s_planted ? sync::order::relaxed : sync::order::acq_rel;
  if (s->users.fetch_sub(1, o) == 1) kernel::kmem_cache_free(s_cache, s->object);
}

const char* use() {
  if (!kernel::atomic_inc_not_zero(&s->users)) return "the object is gone";
  kernel::WRITE_ONCE(s->object->hits, 1);
  put();
  return nullptr;
}

const char* owner_put() {
  if (kernel::xchg(&s->owned, 0) == 0) return "the owner has dropped its reference";
  put();
  return nullptr;
}

void finish() {
  owner_put();
}

}  // namespace

constinit const Puzzle relaxed_put = {
    .name = "relaxed_put",
    .kind = "use-after-free",
    .what = "the last reference is dropped without acquiring what other users did",
    .fix = "release on each drop, acquire on the last",
    .begin = begin,
    .roles = {use, owner_put},
    .finish = finish,
    .tasks = 2,
    .budget = 150,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 1},
};

}  // namespace rw::puzzles

// get_from_zero: a lookup under RCU takes a reference of an object that has none left.
//
//   1  T0, in a read section, finds the object in the slot
//   2  T1 empties the slot and drops the last reference; the memory waits for T0's section
//   3  T0 increments the count from zero: it now owns something that will be freed
//
// Fix: refcount_inc_not_zero. Shows as refcount within 2,000 executions; shrinks to 2 tasks, 2 ops,
// 2 switches.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct RcuObject {
  kernel::rcu_head rcu;  // first: the callback gets its address
  kernel::refcount_t refs;
};

struct GetFromZero {
  sync::atomic<RcuObject*> slot{nullptr};  // holds a reference
};

kernel::kmem_cache* s_cache;

GetFromZero* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::RcuObject, "rcu_object", rcu, refs)
RW_TYPE_NAMED(rw::puzzles::GetFromZero, "get_from_zero", slot)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<GetFromZero>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<RcuObject>();
  RcuObject* object = kernel::kmem_cache_alloc<RcuObject>(s_cache);
  kernel::refcount_set(&object->refs, 1);
  kernel::rcu_assign_pointer(s->slot, object);
}

void put(RcuObject* object) {
  if (!kernel::refcount_dec_and_test(&object->refs)) return;
  kernel::call_rcu(&object->rcu, [](kernel::rcu_head* head) {
    kernel::kmem_cache_free(s_cache, reinterpret_cast<RcuObject*>(head));
  });
}

const char* look_up() {
  kernel::rcu_read_lock();
  RcuObject* object = kernel::rcu_dereference(s->slot);
  bool got = object != nullptr;
  if (got && s_planted) kernel::refcount_inc(&object->refs);
  if (got && !s_planted) got = kernel::refcount_inc_not_zero(&object->refs);
  kernel::rcu_read_unlock();
  if (!got) return "no object to look up";
  put(object);
  return nullptr;
}

const char* remove() {
  RcuObject* object = kernel::xchg(&s->slot, nullptr);
  if (object == nullptr) return "the slot is empty";
  put(object);
  return nullptr;
}

void finish() {
  remove();
  kernel::rcu_barrier();
}

}  // namespace

constinit const Puzzle get_from_zero = {
    .name = "get_from_zero",
    .kind = "refcount",
    .what = "a lookup under RCU increments a count that may be zero",
    .fix = "refcount_inc_not_zero",
    .begin = begin,
    .roles = {look_up, remove},
    .finish = finish,
    .tasks = 2,
    .budget = 2'000,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 2},
};

}  // namespace rw::puzzles

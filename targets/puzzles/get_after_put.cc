// get_after_put: a reference is taken after the lock that kept the object alive was dropped.
//
//   1  T0 looks the object up under the lock and drops the lock
//   2  T1 takes the object out of the slot, drops the last reference and frees it
//   3  T0 counts itself as a user of freed memory
//
// Fix: count before dropping the lock. Shows as use-after-free within 1,500 executions; shrinks to
// 2 tasks, 2 ops, 2 switches.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct CountedObject {
  kernel::atomic_t refs;
};

struct GetAfterPut {
  kernel::spinlock_t lock;
  sync::cell<CountedObject*> slot{nullptr};  // under `lock`; holds a reference
};

kernel::kmem_cache* s_cache;

GetAfterPut* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::CountedObject, "counted_object", refs)
RW_TYPE_NAMED(rw::puzzles::GetAfterPut, "get_after_put", lock, slot)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<GetAfterPut>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<CountedObject>();
  kernel::spin_lock_init(&s->lock);
  CountedObject* object = kernel::kmem_cache_alloc<CountedObject>(s_cache);
  kernel::atomic_set(&object->refs, 1);
  s->slot.set(object);
}

void put(CountedObject* object) {
  if (kernel::atomic_dec_and_test(&object->refs)) kernel::kmem_cache_free(s_cache, object);
}

const char* get_and_put() {
  kernel::spin_lock(&s->lock);
  CountedObject* object = s->slot.get();
  if (object != nullptr && !s_planted) kernel::atomic_inc(&object->refs);
  kernel::spin_unlock(&s->lock);
  if (object == nullptr) return "the slot is empty";
  if (s_planted) kernel::atomic_inc(&object->refs);
  put(object);
  return nullptr;
}

const char* remove() {
  kernel::spin_lock(&s->lock);
  CountedObject* object = s->slot.get();
  s->slot.set(nullptr);
  kernel::spin_unlock(&s->lock);
  if (object == nullptr) return "the slot is empty";
  put(object);
  return nullptr;
}

void finish() {
  remove();
}

}  // namespace

constinit const Puzzle get_after_put = {
    .name = "get_after_put",
    .kind = "use-after-free",
    .what = "a reference is taken after the lock that kept the object alive was dropped",
    .fix = "it is taken before",
    .begin = begin,
    .roles = {get_and_put, remove},
    .finish = finish,
    .tasks = 2,
    .budget = 1'500,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 2},
};

}  // namespace rw::puzzles

// undeclared_field: an ordinary C++ field, unknown to the seam, is read in freed memory.
//
//   1  T0 finds the object
//   2  T1 takes it out of its slot and frees it
//   3  T0 reads the field: the own detector sees no access, AddressSanitizer sees poison and
//      ThreadSanitizer a read that nothing orders against the free
//
// Fix: read under the lock. Shows as sanitizer in sanitizer builds (only a worker process may run
// it; a plain build notices nothing) within 1,500 executions; shrinks to 2 tasks, 2 ops, 2
// switches.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct PlainObject {
  volatile long value;  // 8 bytes: AddressSanitizer cannot poison the first half of its granule
};

struct UndeclaredField {
  kernel::spinlock_t lock;
  sync::cell<PlainObject*> slot{nullptr};  // under `lock`
  kernel::atomic_t lookups{0};             // statistics; the step at which T1 can come in between
};

kernel::kmem_cache* s_cache;

UndeclaredField* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::PlainObject, "plain_object", value)
RW_TYPE_NAMED(rw::puzzles::UndeclaredField, "undeclared_field", lock, slot, lookups)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<UndeclaredField>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<PlainObject>();
  kernel::spin_lock_init(&s->lock);
  PlainObject* object = kernel::kmem_cache_alloc<PlainObject>(s_cache);
  object->value = 42;
  s->slot.set(object);
}

const char* read() {
  kernel::spin_lock(&s->lock);
  PlainObject* object = s->slot.get();
  if (object != nullptr && !s_planted) (void)object->value;
  kernel::spin_unlock(&s->lock);
  if (object == nullptr) return "the slot is empty";
  kernel::atomic_inc(&s->lookups);
  if (s_planted) (void)object->value;
  return nullptr;
}

const char* remove() {
  kernel::spin_lock(&s->lock);
  PlainObject* object = s->slot.get();
  s->slot.set(nullptr);
  kernel::spin_unlock(&s->lock);
  if (object == nullptr) return "the slot is empty";
  kernel::kmem_cache_free(s_cache, object);
  return nullptr;
}

void finish() {
  remove();
}

}  // namespace

constinit const Puzzle undeclared_field = {
    .name = "undeclared_field",
    .kind = "sanitizer",
    .what = "a field unknown to the seam is read after its object is freed",
    .fix = "it is read under the lock",
    .begin = begin,
    .roles = {read, remove},
    .finish = finish,
    .tasks = 2,
    .budget = 1'500,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 2},
    .dies = true,
};

}  // namespace rw::puzzles

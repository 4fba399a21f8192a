// refcount: a reference is taken after the last one was dropped.
//
//   1  T1 looks the object up: it has one reference, the table's
//   2  T2 takes it off the table and drops that reference; the object is freed
//   3  T1 takes a reference
//
// Fix: look up in a read section, take a reference only if there is one, and free after a grace
// period.
// Source: P. E. McKenney, "Overview of Linux-Kernel Reference Counting", WG21 N2167, 2007.
#include "targets/classics/classic.h"
#include "targets/kernel/kernel.h"

namespace rw::classics {
namespace {

struct Counted {
  kernel::rcu_head rcu;  // first: the callback gets its address
  kernel::refcount_t refs;
};

struct CountedTable {
  sync::atomic<Counted*> entry{nullptr};
};

CountedTable* s;
kernel::kmem_cache* s_cache;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Counted, "counted", rcu, refs)
RW_TYPE_NAMED(rw::classics::CountedTable, "counted_table", entry)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<CountedTable>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<Counted>();
  Counted* object = kernel::kmem_cache_alloc<Counted>(s_cache);
  kernel::refcount_set(&object->refs, 1);
  kernel::rcu_assign_pointer(s->entry, object);
}

void free_object(kernel::rcu_head* head) {
  kernel::kmem_cache_free(s_cache, reinterpret_cast<Counted*>(head));
}

void put(Counted* object) {
  if (!kernel::refcount_dec_and_test(&object->refs)) return;
  if (s_planted)
    free_object(&object->rcu);
  else
    kernel::call_rcu(&object->rcu, free_object);
}

// Returns the object with a reference for the caller, or null.
Counted* get() {
  kernel::rcu_read_lock();
  Counted* object = kernel::rcu_dereference(s->entry);
  if (object != nullptr && s_planted) kernel::refcount_inc(&object->refs);
  if (object != nullptr && !s_planted && !kernel::refcount_inc_not_zero(&object->refs))
    object = nullptr;
  kernel::rcu_read_unlock();
  return object;
}

const char* look_up() {
  Counted* object = get();
  if (object == nullptr) return "there is no object";
  put(object);
  return nullptr;
}

const char* take_off() {
  Counted* object = kernel::xchg(&s->entry, nullptr);
  if (object == nullptr) return "there is no object";
  put(object);
  return nullptr;
}

void finish() {
  take_off();
  kernel::rcu_barrier();
}

constexpr Program kPrograms[] = {
    {.name = "refcount", .teams = {{1, 0}, {1, 1}}, .best = {}, .budget = 1'000},
};

}  // namespace

constinit const Classic refcount = {
    .name = "refcount",
    .kinds = {"use-after-free"},
    .what = "a reference is taken to an object whose last one may just have been dropped",
    .fix = "only if there is one, in a read section that delays the free",
    .source = "McKenney, WG21 N2167, 2007",
    .begin = begin,
    .roles = {look_up, take_off},
    .finish = finish,
    .programs = kPrograms,
};

}  // namespace rw::classics

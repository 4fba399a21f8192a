// rcu_early_free: a list that readers walk under RCU frees its entries at once.
//
//   1  T0, in a read section, stands on the first entry
//   2  T1 unlinks the entry and frees it
//   3  T0 reads the entry's value
//
// Fix: free after a grace period. Shows as use-after-free within 150 executions, whichever of 2 and
// 3 is first; shrinks to 2 tasks, 2 ops, 1 switch.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct Entry {
  kernel::rcu_head rcu;  // first: the callback gets its address
  sync::atomic<Entry*> next;
  sync::atomic<std::uint32_t> value;
};

struct RcuEarlyFree {
  kernel::spinlock_t lock;  // updaters
  sync::atomic<Entry*> head{nullptr};
};

kernel::kmem_cache* s_cache;

RcuEarlyFree* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::Entry, "entry", rcu, next, value)
RW_TYPE_NAMED(rw::puzzles::RcuEarlyFree, "rcu_early_free", lock, head)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<RcuEarlyFree>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<Entry>();
  kernel::spin_lock_init(&s->lock);
  for (std::uint32_t value = 0; value < 2; ++value) {
    Entry* entry = kernel::kmem_cache_alloc<Entry>(s_cache);
    kernel::RCU_INIT_POINTER(entry->next, kernel::rcu_access_pointer(s->head));
    kernel::WRITE_ONCE(entry->value, value);
    kernel::rcu_assign_pointer(s->head, entry);
  }
}

void free_entry(kernel::rcu_head* head) {
  kernel::kmem_cache_free(s_cache, reinterpret_cast<Entry*>(head));
}

const char* walk() {
  kernel::rcu_read_lock();
  Entry* entry = kernel::rcu_dereference(s->head);
  while (entry != nullptr) {
    kernel::READ_ONCE(entry->value);
    entry = kernel::rcu_dereference(entry->next);
  }
  kernel::rcu_read_unlock();
  return nullptr;
}

const char* remove_first() {
  kernel::spin_lock(&s->lock);
  Entry* entry = kernel::rcu_dereference_protected(s->head, true);
  if (entry != nullptr)
    kernel::rcu_assign_pointer(s->head, kernel::rcu_dereference_protected(entry->next, true));
  kernel::spin_unlock(&s->lock);
  if (entry == nullptr) return "the list is empty";
  if (s_planted)
    free_entry(&entry->rcu);
  else
    kernel::call_rcu(&entry->rcu, free_entry);
  return nullptr;
}

void finish() {
  while (remove_first() == nullptr) {
  }
  kernel::rcu_barrier();
}

}  // namespace

constinit const Puzzle rcu_early_free = {
    .name = "rcu_early_free",
    .kind = "use-after-free",
    .what = "an entry that RCU readers may stand on is freed at once",
    .fix = "it is freed after a grace period",
    .begin = begin,
    .roles = {walk, remove_first},
    .finish = finish,
    .tasks = 2,
    .budget = 150,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 1},
};

}  // namespace rw::puzzles

// rcu_list: an entry is freed while readers may stand on it.
//
//   1  T1, in a read section, stands on an entry
//   2  T2 unlinks that entry and frees it at once
//   3  T1 goes on to the next, by way of the freed entry
//
// Fix: wait for a grace period in between.
// Source: McKenney and Slingwine, "Read-Copy Update: Using Execution History to Solve Concurrency
// Problems", PDCS 1998; Documentation/RCU/listRCU.rst of Linux.
#include "targets/classics/classic.h"
#include "targets/kernel/kernel.h"

namespace rw::classics {
namespace {

constexpr int kEntries = 3;

struct ListEntry {
  sync::atomic<ListEntry*> next;
  sync::atomic<int> key;
};

struct RcuList {
  kernel::mutex lock;  // updaters
  sync::atomic<ListEntry*> head{nullptr};
};

RcuList* s;
kernel::kmem_cache* s_cache;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::ListEntry, "list_entry", next, key)
RW_TYPE_NAMED(rw::classics::RcuList, "rcu_list", lock, head)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<RcuList>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<ListEntry>();
  kernel::mutex_init(&s->lock);
  for (int key = 0; key < kEntries; ++key) {
    ListEntry* entry = kernel::kmem_cache_alloc<ListEntry>(s_cache);
    kernel::RCU_INIT_POINTER(entry->next, kernel::rcu_access_pointer(s->head));
    kernel::WRITE_ONCE(entry->key, key);
    kernel::rcu_assign_pointer(s->head, entry);
  }
}

const char* find() {
  kernel::rcu_read_lock();
  ListEntry* entry = kernel::rcu_dereference(s->head);
  while (entry != nullptr && kernel::READ_ONCE(entry->key) != 0)
    entry = kernel::rcu_dereference(entry->next);
  kernel::rcu_read_unlock();
  return nullptr;
}

// Takes the second entry off, or the first if it is alone; the caller holds the lock.
ListEntry* unlink() {
  ListEntry* first = kernel::rcu_dereference_protected(s->head, true);
  if (first == nullptr) return nullptr;
  ListEntry* second = kernel::rcu_dereference_protected(first->next, true);
  sync::atomic<ListEntry*>& link = second != nullptr ? first->next : s->head;
  ListEntry* entry = second != nullptr ? second : first;
  kernel::rcu_assign_pointer(link, kernel::rcu_dereference_protected(entry->next, true));
  return entry;
}

const char* remove() {
  kernel::mutex_lock(&s->lock);
  ListEntry* entry = unlink();
  kernel::mutex_unlock(&s->lock);
  if (entry == nullptr) return "the list is empty";
  if (!s_planted) kernel::synchronize_rcu();
  kernel::kmem_cache_free(s_cache, entry);
  return nullptr;
}

void finish() {
  while (remove() == nullptr) {
  }
}

constexpr Program kPrograms[] = {
    {.name = "rcu_list", .teams = {{1, 0}, {1, 1}}, .best = {}, .budget = 1'000},
};

}  // namespace

constinit const Classic rcu_list = {
    .name = "rcu_list",
    .kinds = {"use-after-free"},
    .what = "an entry that readers may stand on is unlinked and freed at once",
    .fix = "it is freed after a grace period",
    .source = "McKenney, Slingwine, PDCS 1998; Linux Documentation/RCU/listRCU.rst",
    .begin = begin,
    .roles = {find, remove},
    .finish = finish,
    .programs = kPrograms,
};

}  // namespace rw::classics

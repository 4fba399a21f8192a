// list_head: the kernel's doubly linked list, each list protected by the lock its owner names.
//
// Models include/linux/list.h. The links are cells: an unprotected look at a list is a data race.
// Left out: RCU variants (mmu_notifier.h has the hlist that needs them), debugging of single links.
#pragma once

#include <cstddef>

#include "fuzz/sync/sync.h"

namespace rw::mm {

struct list_head {
  sync::cell<list_head*> next;
  sync::cell<list_head*> prev;
};

inline void INIT_LIST_HEAD(list_head* list) {
  list->next.set(list);
  list->prev.set(list);
}

inline bool list_empty(const list_head* list) {
  return list->next.get() == list;
}

inline void list_insert_between(list_head* entry, list_head* before, list_head* after) {
  entry->prev.set(before);
  entry->next.set(after);
  before->next.set(entry);
  after->prev.set(entry);
}
// As the first of the list.
inline void list_add(list_head* entry, list_head* list) {
  list_insert_between(entry, list, list->next.get());
}
// As the last of the list.
inline void list_add_tail(list_head* entry, list_head* list) {
  list_insert_between(entry, list->prev.get(), list);
}
inline void list_del(list_head* entry) {
  list_head* before = entry->prev.get();
  list_head* after = entry->next.get();
  before->next.set(after);
  after->prev.set(before);
}

}  // namespace rw::mm

// The object whose `member` is `node`.
#define RW_ENTRY(node, type, member) \
  reinterpret_cast<type*>(reinterpret_cast<char*>(node) - offsetof(type, member))

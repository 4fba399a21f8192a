// hlist: the list of an mm's subscribers, walked under SRCU while others change it.
//
// Models include/linux/rculist.h and include/linux/list.h: a node that leaves keeps its `next` for
// walkers who stand there. hlist_del_rcu poisons pprev, hlist_del_init_rcu makes it null, so only
// the latter can be done twice. Changes are under the list's lock.
#pragma once

#include <string>

#include "targets/mm/design.h"
#include "targets/mm/list.h"
#include "targets/mm/locks.h"

namespace rw::mm {

struct hlist_node;
using hlist_link = sync::atomic<hlist_node*>;

struct hlist_node {
  hlist_link next;
  // Where the pointer to this node is; null: not in a list. Written under the list's lock.
  sync::atomic<hlist_link*> pprev;
};

// What hlist_del_rcu leaves in pprev: "in a list" to hlist_unhashed, and nowhere to write.
inline hlist_link* const LIST_POISON2 = reinterpret_cast<hlist_link*>(0x200200);

inline bool hlist_unhashed(const hlist_node* n) {
  return READ_ONCE(n->pprev) == nullptr;
}
// The same without the list's lock: who finds the node out has to see it out of the list, too.
inline bool hlist_unhashed_lockless(const hlist_node* n) {
  return (design().unhash == unhash::ordered ? smp_load_acquire(&n->pprev) : READ_ONCE(n->pprev)) ==
         nullptr;
}

// With notifier_link=plain as hlist_add_head, whose store publishes nothing.
inline void hlist_add_head_rcu(hlist_node* n, hlist_link* first) {
  hlist_node* next = READ_ONCE(*first);
  WRITE_ONCE(n->next, next);
  WRITE_ONCE(n->pprev, first);
  if (design().notifier_link == notifier_link::rcu)
    rcu_assign_pointer(*first, n);
  else
    WRITE_ONCE(*first, n);
  if (next != nullptr) WRITE_ONCE(next->pprev, &n->next);
}

// Leaves `next`, for walkers who stand here.
inline void hlist_unlink(hlist_node* n, const char* caller, sync::site where) {
  hlist_node* next = READ_ONCE(n->next);
  hlist_link* pprev = READ_ONCE(n->pprev);
  if (pprev == nullptr || pprev == LIST_POISON2)
    sync::fail("invariant", {"mmu_notifier.hlist", caller},
               "deletes a subscriber that is in no list: writes through a " +
                   std::string(pprev == nullptr ? "null" : "poisoned") + " pprev",
               where);
  WRITE_ONCE(*pprev, next);
  if (next != nullptr) WRITE_ONCE(next->pprev, pprev);
}
inline void hlist_del_rcu(hlist_node* n, sync::site where = sync::site::current()) {
  hlist_unlink(n, "hlist_del_rcu", where);
  WRITE_ONCE(n->pprev, LIST_POISON2);
}
inline void hlist_del_init_rcu(hlist_node* n, sync::site where = sync::site::current()) {
  if (hlist_unhashed(n)) return;
  hlist_unlink(n, "hlist_del_init_rcu", where);
  if (design().unhash == unhash::ordered)
    smp_store_release(&n->pprev, nullptr);
  else
    WRITE_ONCE(n->pprev, nullptr);
}

}  // namespace rw::mm

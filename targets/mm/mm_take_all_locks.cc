// The whole-mm lock of 2.6.27: every lock under which somebody could be inside an invalidate pair.
//
// With register_lock=sorted, the form of the patches before the merge: ascending addresses, so that
// no two lockers wait for each other. The next lock is found by looking through all, O(n^2); with
// sorted_array they are collected in memory that may not be there to be had, and sorted there.
//
// Otherwise unsorted: only this code nests two locks of a class, and mm_all_locks_mutex admits one
// task. A lock that several vmas share is taken once: a mark in the file or the root says so,
// changed only under that mutex. Drop is the reverse, mark first.
#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_lock.h"
#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/i_mmap_lock.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

// With register_cap=bounded, how many locks are taken at most: stands for the five seconds of the
// mail of 2008-05-07, or for the pending signal that the merged code looks for.
constexpr unsigned kMostLocks = 3;
constexpr unsigned kAll = ~0U;

struct all_locks {
  mm_struct* mm;
  unsigned taken;
  bool expired;
};

// The lock that keeps two lockers of one mm from meeting. Readers of mmap_sem do not keep each
// other out.
const void* serialises(mm_struct* mm) {
  if (design().register_lock == register_lock::mmap_sem_read) return &w().mm_all_locks_mutex;
  return &mm->mmap_sem;
}

// Whether a further lock may be taken.
bool may_take(all_locks* all) {
  all->expired |= design().register_cap != register_cap::none && all->taken == kMostLocks;
  if (!all->expired) ++all->taken;
  return !all->expired;
}

// How many are given back when it took too long, of those that are taken in a known order.
unsigned to_drop(const all_locks& all) {
  return design().register_cap == register_cap::bounded_drops_all ? kAll : all.taken;
}

// Whether a lock is given back: those that were not taken have no mark.
bool drops(const sync::cell<std::uint32_t>& mark) {
  return mark.get() != 0 || design().register_cap == register_cap::bounded_drops_all;
}

void lock_mapping(all_locks* all, file* f) {
  if (f->all_locks_taken.get() != 0) {
    reached(reach_counter::all_locks_shared);
    return;
  }
  if (!may_take(all)) return;
  i_mmap_lock_write_nest(f, serialises(all->mm));
  f->all_locks_taken.set(1);
}

void unlock_mapping(file* f) {
  if (!drops(f->all_locks_taken)) return;
  f->all_locks_taken.set(0);
  i_mmap_unlock_write(f);
}

void lock_root(all_locks* all, anon_vma* root) {
  if (root->all_locks_taken.get() != 0) {
    reached(reach_counter::all_locks_shared);
    return;
  }
  if (!may_take(all)) return;
  anon_vma_lock_write_nest(root, serialises(all->mm));
  root->all_locks_taken.set(1);
}

void unlock_root(anon_vma* root) {
  if (!drops(root->all_locks_taken)) return;
  root->all_locks_taken.set(0);
  anon_vma_unlock_write(root);
}

// Calls f(root) for each chain of each vma, or f(anon_vma) with own locks; mmap_sem keeps the
// chains. Own locks of one tree are taken from its root on, as by everybody (anon_vma_lock.h).
template <typename F>
void for_each_root(mm_struct* mm, F f) {
  const auto step = [](const list_head* node) {
    return anon_vma_locks_own() ? node->prev.get() : node->next.get();
  };
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr; vma = vma->vm_next.get())
    for (list_head* node = step(&vma->anon_vma_chain); node != &vma->anon_vma_chain;
         node = step(node))
      f(anon_vma_to_lock(RW_ENTRY(node, anon_vma_chain, same_vma)->anon_vma.get()));
}

template <typename F>
void for_each_file(mm_struct* mm, F f) {
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr; vma = vma->vm_next.get())
    if (vma->vm_file.get() != nullptr) f(vma->vm_file.get());
}

template <typename F>
void for_each_file_of(mm_struct* mm, bool hugetlb, F f) {
  for_each_file(mm, [&](file* it) {
    if ((it->hugetlb.get() != 0) == hugetlb) f(it);
  });
}

// Those of hugetlbfs first (88f306b68cbb), or as the areas come.
template <typename F>
void for_each_file_in_lock_order(mm_struct* mm, F f) {
  if (design().all_locks_order == all_locks_order::as_they_come) return for_each_file(mm, f);
  for_each_file_of(mm, true, f);
  for_each_file_of(mm, false, f);
}

// The one with the lowest address above `last`; null if there is none. `for_each` is one of the
// above.
template <typename T, typename ForEach>
T* next_above(mm_struct* mm, T* last, ForEach for_each) {
  T* next = nullptr;
  for_each(mm, [&](T* it) {
    if (it > last && (next == nullptr || it < next)) next = it;
  });
  return next;
}

file* next_file(mm_struct* mm, file* last, bool hugetlb) {
  return next_above(mm, last, [hugetlb](mm_struct* m, auto f) { for_each_file_of(m, hugetlb, f); });
}
anon_vma* next_root(mm_struct* mm, anon_vma* last) {
  return next_above(mm, last, [](mm_struct* m, auto f) { for_each_root(m, f); });
}

// Each file once, in lock order.
template <typename F>
void for_each_file_once(mm_struct* mm, F f) {
  for (const bool hugetlb : {true, false})
    for (file* it = nullptr; (it = next_file(mm, it, hugetlb)) != nullptr;) f(it);
}

void take_sorted(all_locks* all) {
  mm_struct* mm = all->mm;
  for_each_file_once(mm, [&](file* f) {
    if (may_take(all)) i_mmap_lock_write_nest(f, serialises(mm));
  });
  for (anon_vma* root = nullptr; (root = next_root(mm, root)) != nullptr;)
    if (may_take(all)) anon_vma_lock_write_nest(root, serialises(mm));
}

// The first `count` of those that take_sorted takes.
void drop_sorted(mm_struct* mm, unsigned count) {
  unsigned at = 0;
  for_each_file_once(mm, [&](file* f) {
    if (at++ < count) i_mmap_unlock_write(f);
  });
  for (anon_vma* root = nullptr; (root = next_root(mm, root)) != nullptr;)
    if (at++ < count) anon_vma_unlock_write(root);
}

// Adds `lock` to those in the order of `before`, once.
template <typename T, std::size_t kRoom, typename Before>
void insert_once(sync::cell<T*> (&locks)[kRoom], sync::cell<unsigned>* count, T* lock,
                 Before before) {
  unsigned at = count->get();
  while (at > 0 && before(lock, locks[at - 1].get())) --at;
  if (at > 0 && locks[at - 1].get() == lock) return;
  RW_CHECK(count->get() < kRoom, "an mm has more locks than programs can make");
  for (unsigned i = count->get(); i > at; --i) locks[i].set(locks[i - 1].get());
  locks[at].set(lock);
  count->set(count->get() + 1);
}

// False: no memory for the arrays.
bool take_from_arrays(all_locks* all) {
  mm_struct* mm = all->mm;
  auto* data = kmem_cache_alloc<mm_lock_data>(w().mm_lock_data_cache);
  if (data == nullptr) return false;
  data->files.set(0);
  data->roots.set(0);
  for_each_file(mm, [data](file* f) {
    insert_once(data->file, &data->files, f, [](file* a, file* b) {
      const bool hugetlb = a->hugetlb.get() != 0;
      return hugetlb != (b->hugetlb.get() != 0) ? hugetlb : a < b;
    });
  });
  for_each_root(mm, [data](anon_vma* root) {
    insert_once(data->root, &data->roots, root, [](anon_vma* a, anon_vma* b) { return a < b; });
  });
  mm->lock_data.set(data);
  for (unsigned i = 0; i < data->files.get(); ++i)
    if (may_take(all)) i_mmap_lock_write_nest(data->file[i].get(), serialises(mm));
  for (unsigned i = 0; i < data->roots.get(); ++i)
    if (may_take(all)) anon_vma_lock_write_nest(data->root[i].get(), serialises(mm));
  return true;
}

// The first `count` of those that take_from_arrays takes, the last one first.
void drop_from_arrays(mm_struct* mm, unsigned count) {
  mm_lock_data* data = mm->lock_data.get();
  const unsigned files = data->files.get();
  for (unsigned i = data->roots.get(); i > 0; --i)
    if (files + i <= count) anon_vma_unlock_write(data->root[i - 1].get());
  for (unsigned i = files; i > 0; --i)
    if (i <= count) i_mmap_unlock_write(data->file[i - 1].get());
  kmem_cache_free(w().mm_lock_data_cache, data);
}

bool in_order_of_address() {
  return design().register_lock == register_lock::sorted ||
         design().register_lock == register_lock::sorted_array;
}

// False: no memory.
bool take_in_order(all_locks* all) {
  if (design().register_lock == register_lock::sorted_array) return take_from_arrays(all);
  take_sorted(all);
  return true;
}

void drop_in_order(mm_struct* mm, unsigned count) {
  if (design().register_lock == register_lock::sorted_array) return drop_from_arrays(mm, count);
  drop_sorted(mm, count);
}

}  // namespace

bool mm_take_all_locks(mm_struct* mm) {
  if (design().register_lock == register_lock::mmap_sem_read)
    lockdep_assert_held(&mm->mmap_sem);
  else
    lockdep_assert_held_write(&mm->mmap_sem);
  all_locks all{mm, 0, false};
  if (in_order_of_address()) {
    if (!take_in_order(&all)) return false;
    if (all.expired) drop_in_order(mm, to_drop(all));
    return !all.expired;
  }
  mutex_lock(&w().mm_all_locks_mutex);
  if (design().register_lock != register_lock::all_but_i_mmap)
    for_each_file_in_lock_order(mm, [&](file* f) { lock_mapping(&all, f); });
  if (design().register_lock != register_lock::all_but_anon_vma)
    for_each_root(mm, [&](anon_vma* root) { lock_root(&all, root); });
  if (all.expired) mm_drop_all_locks(mm);
  return !all.expired;
}

void mm_drop_all_locks(mm_struct* mm) {
  if (in_order_of_address()) return drop_in_order(mm, kAll);
  for_each_root(mm, [](anon_vma* root) { unlock_root(root); });
  for_each_file(mm, [](file* f) { unlock_mapping(f); });
  mutex_unlock(&w().mm_all_locks_mutex);
}

}  // namespace rw::mm

// The locks of mm: what each protects, its place in the lock order, whether it may sleep.
//
// Models the order in the comment atop mm/rmap.c of 3.8: i_mutex, mmap_sem, PG_locked,
// i_mmap_mutex, anon_vma root rwsem, page_table_lock, then what is taken beneath it. A lock may be
// taken while locks of lower or equal rank are held. Within a class: mmap_sem and pte locks
// nest in fork (child outside), i_mmap and anon_vma root locks under mm_take_all_locks only.
// Changed: tree_lock is a plain spinlock; hardware locks stand for what the machine does by itself.
#pragma once

#include "targets/kernel/kernel.h"

namespace rw::mm {

using namespace ::rw::kernel;  // NOLINT: the core speaks the kernel's names

// A slot that programs name (mm0, d0): which object it holds.
inline lock_class slot_lock_class{"slot.lock", {.rank = 1, .may_sleep = false}};
// One merge of KSM's at a time, and the list of stable nodes.
inline lock_class ksm_thread_class{"world.ksm_thread_mutex", {.rank = 8, .may_sleep = true}};
// Truncates of one file against each other.
inline lock_class i_mutex_class{"file.i_mutex", {.rank = 5, .may_sleep = true}};
// The list of vmas and their fields; read: vma->anon_vma may still appear, under page_table_lock.
inline lock_class mmap_sem_class{"mm_struct.mmap_sem", {.rank = 10, .may_sleep = true}};
// With fault_path=vma_lock: an area, for a fault that has no mmap_sem; written under mmap_sem, and
// held for writing only until the number of the areas that are locked is noted.
inline lock_class vm_lock_class{"vma.vm_lock", {.rank = 12, .may_sleep = true}};
// One whole-mm locker at a time; the marks that say which locks it has taken.
inline lock_class mm_all_locks_class{"mm_all_locks_mutex", {.rank = 15, .may_sleep = true}};
// page->mapping of a file page; reclaim, truncate and COW reuse of the page against each other, and
// splits with thp_split=freeze. Of a huge page the head's.
inline lock_class page_lock_class{"page.PG_locked", {.rank = 20, .may_sleep = true}};
// A swap slot's contents: from before its page is unmapped until the data is there.
inline lock_class swap_slot_class{"swap_slot.lock", {.rank = 25, .may_sleep = true}};
// Unmaps of one file's pages against each other, where they drop i_mmap_mutex in between.
inline lock_class unmap_mutex_class{"file.unmap_mutex", {.rank = 28, .may_sleep = true}};
// With register_lock=global_wide: over all that follow down to anon_vma_class.
inline lock_class global_lock_class{"world.global_lock", {.rank = 28, .may_sleep = true}};
// The list of vmas of a hugetlbfs file, under which page tables are allocated, so that reclaim of
// other files' pages comes beneath it.
inline lock_class hugetlb_i_mmap_class{"hugetlb.i_mmap_mutex", {.rank = 29, .may_sleep = true}};
// A file's list of vmas.
inline lock_class i_mmap_class{"file.i_mmap_mutex", {.rank = 30, .may_sleep = true}};
// The same with i_mmap_lock=spinlock, hugetlbfs or not: nothing is allocated under it.
inline lock_class i_mmap_spinlock_class{"file.i_mmap_lock", {.rank = 30, .may_sleep = false}};
// In the root of a tree of anon_vmas: the lists of chains of all of them. With own locks (axis
// av_lock) in each anon_vma, of its own list; several are taken as anon_vma_lock.h says.
inline lock_class anon_vma_class{"anon_vma.rwsem", {.rank = 40, .may_sleep = true}};
// The same with av_lock=spinlock, spinlock_own; with av_lock=rwlock.
inline lock_class anon_vma_spinlock_class{"anon_vma.spinlock", {.rank = 40, .may_sleep = false}};
inline lock_class anon_vma_rwlock_class{"anon_vma.rwlock", {.rank = 40, .may_sleep = false}};
// With register_lock=big_reader: read by every open range pair, written by register.
inline lock_class notifier_pairs_class{"world.notifier_pairs", {.rank = 42, .may_sleep = true}};
// An attachment of a device whose callbacks sleep.
inline lock_class attachment_class{"xpmem.lock", {.rank = 43, .may_sleep = true}};
// An mm's list of subscribers, against other changes of it.
inline lock_class notifier_list_class{"mmu_notifier_mm.lock", {.rank = 45, .may_sleep = false}};
// An mm's pmds; vma->anon_vma and the same_vma chain while mmap_sem is only held for reading.
inline lock_class page_table_class{"mm_struct.page_table_lock", {.rank = 50, .may_sleep = false}};
// The ptes of one table.
inline lock_class pte_lock_class{"pte_table.ptl", {.rank = 51, .may_sleep = false}};
// A file's page cache.
inline lock_class tree_lock_class{"file.tree_lock", {.rank = 55, .may_sleep = false}};
// Who belongs to a huge page, and whose its pins are. Taken under lru_lock by a split.
inline lock_class compound_lock_class{"page.compound_lock", {.rank = 67, .may_sleep = false}};
// A device's shadow page table, count and sequence.
inline lock_class mmu_lock_class{"kvm.mmu_lock", {.rank = 60, .may_sleep = false}};
// The shadow page table alone, for faults that take no mmu_lock (retry=lockless).
inline lock_class spte_lock_class{"kvm.spte_lock", {.rank = 61, .may_sleep = false}};
// The LRU list; the counts of swap slots.
inline lock_class lru_lock_class{"world.lru_lock", {.rank = 65, .may_sleep = false}};
inline lock_class swap_lock_class{"world.swap_lock", {.rank = 66, .may_sleep = false}};
// Held by a CPU, or a device, for one access; a flush waits for it.
inline lock_class cpu_hardware_class{"cpu.hardware", {.rank = 70, .may_sleep = false}};
inline lock_class gru_hardware_class{"gru.hardware", {.rank = 71, .may_sleep = false}};
inline lock_class device_hardware_class{"kvm.hardware", {.rank = 71, .may_sleep = false}};

}  // namespace rw::mm

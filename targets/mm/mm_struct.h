// mm_struct: an address space and its two lives.
//
// Models mm_struct, mmget, mmput, mmgrab, mmdrop and exit_mmap of 3.8 (with the names of 4.11).
// mm_users counts who may use the address space; when it reaches 0, exit_mmap empties it. mm_count
// keeps the struct (one for all users together, one per subscriber); at 0 it is freed.
// Simplified: an mm belongs to no task; programs name it by a slot (mm0), and an op that acts on it
// holds mm_users while it runs.
// Left out: mmap_cache, the rb-tree of vmas, limits and statistics.
#pragma once

#include "targets/mm/list.h"
#include "targets/mm/page_table.h"

namespace rw::mm {

struct vm_area_struct;
struct mm_lock_data;
struct mmu_notifier_mm;
struct vma_table;

inline constexpr unsigned kMms = 3;      // slots that programs name
inline constexpr unsigned kMaxMms = 16;  // alive at once, dying and unfinished ones too

struct mm_struct {
  rw_semaphore mmap_sem;
  spinlock_t page_table_lock;
  atomic_t mm_users;
  atomic_t mm_count;
  sync::cell<vm_area_struct*> mmap;          // by address; under mmap_sem
  sync::atomic<std::uint32_t> cpumask;       // CPUs that have used it
  sync::atomic<mmu_notifier_mm*> notifiers;  // kernel: mmu_notifier_mm; set once, under mmap_sem
  atomic_t tlb_flush_pending;   // tasks between their first change of a pte and their flush
  atomic_t numa_flush_pending;  // tasks that have made pmds inaccessible and not flushed yet
  sync::cell<mm_lock_data*> lock_data;      // register_lock=sorted_array: under mmap_sem
  sync::cell<vma_table*> vmas;              // for faults without mmap_sem (vma_lock.h); constant
  sync::atomic<std::uint32_t> mm_lock_seq;  // under mmap_sem for writing, except to read
  wait_queue_head_t vma_writer_wait;        // who waits for the faults in an area (vm_refcnt.h)
  page_table pgd;
  sync::ghost<std::uint32_t> id;  // for the data oracle: 0 .. kMaxMms - 1
};

// Where the pmd of `address` is.
inline sync::atomic<pmd_t>* pmd_offset(mm_struct* mm, unsigned address) {
  return &mm->pgd.pmd[address / kPtrsPerTable];
}

// One user, one count, no vma. Null: no memory.
mm_struct* mm_alloc(sync::site where = sync::site::current());

bool mmget_not_zero(mm_struct* mm, sync::site where = sync::site::current());
// The last one empties the address space; may sleep.
void mmput(mm_struct* mm, sync::site where = sync::site::current());
void mmgrab(mm_struct* mm, sync::site where = sync::site::current());
void mmdrop(mm_struct* mm, sync::site where = sync::site::current());

}  // namespace rw::mm

template <>
inline constexpr rw::sync::value_words rw::sync::words_of<&rw::mm::mm_struct::pgd> =
    rw::mm::pmd_in_words;
RW_TYPE_NAMED(rw::mm::mm_struct, "mm_struct", mmap_sem, page_table_lock, mm_users, mm_count, mmap,
              cpumask, notifiers, tlb_flush_pending, numa_flush_pending, lock_data, vmas,
              mm_lock_seq, vma_writer_wait, pgd, id)

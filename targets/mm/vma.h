// vm_area_struct: a mapped range of an address space, anonymous or of a file; how ranges come,
// split, merge and move their boundaries.
//
// Models vm_area_struct, find_vma, vma_adjust, vma_merge, split_vma and copy_vma of 3.8. Whoever
// changes where a vma lies holds mmap_sem for writing, waits for faults that do without it
// (vma_start_change), and holds the locks under which rmap computes addresses from it: its file's
// i_mmap_mutex, its anon_vmas' lock or locks. A vma that takes pages
// over from a neighbour joins the neighbour's anon_vmas first. Simplified: a list instead of an
// rb-tree; all mappings can be read; a merge of three is two merges of two. Changed: rmap and
// neighbours look at some fields without mmap_sem; those are atomics here, the count of chains
// (kernel: list_is_singular) and the flag of exec's stack.
#pragma once

#include "targets/mm/list.h"
#include "targets/mm/locks.h"

namespace rw::mm {

struct anon_vma;
struct file;
struct mm_struct;

inline constexpr std::uint32_t VM_WRITE = 2;
inline constexpr std::uint32_t VM_HUGEPAGE = 4;   // faults may map huge pages
inline constexpr std::uint32_t VM_SHARED = 8;     // of a file: writes go to the file, not to a copy
inline constexpr std::uint32_t VM_MAYSHARE = 16;  // VM_SHARED, until the area is being unmapped

// What faults read that hold nothing of the area (speculative_fault.h): written under mmap_sem.
struct vma_copy {
  sync::atomic<std::uint32_t> start;
  sync::atomic<std::uint32_t> end;
  sync::atomic<std::uint32_t> pgoff;
  sync::atomic<std::uint32_t> flags;
};

struct vm_area_struct {
  sync::cell<mm_struct*> vm_mm;  // constant
  // Pages [vm_start, vm_end), the first of them number vm_pgoff of the file or address space: under
  // mmap_sem and the rmap locks.
  sync::cell<std::uint32_t> vm_start;
  sync::cell<std::uint32_t> vm_end;
  sync::cell<std::uint32_t> vm_pgoff;
  sync::cell<std::uint32_t> vm_flags;   // under mmap_sem; of hugetlbfs, i_mmap_mutex to write too
  sync::cell<file*> vm_file;            // constant; null: anonymous
  sync::cell<std::uint32_t> vm_shared;  // constant: VM_SHARED of vm_flags, for who lacks mmap_sem
  sync::cell<vm_area_struct*> vm_next;  // under mmap_sem
  // Set once, under mmap_sem (read) and page_table_lock; read without the latter.
  sync::atomic<mm::anon_vma*> anon_vma;
  list_head anon_vma_chain;                     // its chains, newest first; locks as above
  sync::atomic<std::uint32_t> anon_vma_chains;  // how many
  list_head i_mmap;                             // in file.i_mmap, under its i_mmap_mutex
  // Not 0: exec has not put this stack in its place yet (kernel: VM_STACK_INCOMPLETE_SETUP in
  // vm_flags). Read by rmap without mmap_sem.
  sync::atomic<std::uint32_t> incomplete_stack;
  // How far an unmap of file pages that drops i_mmap_mutex has got here: under i_mmap_mutex.
  sync::cell<std::uint32_t> vm_truncate_count;
  // Faults without mmap_sem (vma_lock.h), where a design has them.
  rw_semaphore vm_lock;
  // mm_lock_seq: write-locked until mmap_sem is given up. Under vm_lock, vm_refcnt, or mmap_sem for
  // writing.
  sync::atomic<std::uint32_t> vm_lock_seq;
  atomic_t refcnt;                        // faults in the area
  refcount_t vm_refcnt;                   // the same, of 6.15 (vm_refcnt.h)
  wait_queue_head_t wait_queue;           // who waits for them
  sync::cell<std::uint32_t> vm_detached;  // out of the address space: under the same
  seqcount_t vm_sequence;                 // odd: changing, or out of the address space
  vma_copy vm_copy;
  rcu_head rcu;
};

// Writes go to the file.
inline bool is_shared(const vm_area_struct* vma) {
  return vma->vm_shared.get() != 0;
}
inline unsigned vma_pages(const vm_area_struct* vma) {
  return vma->vm_end.get() - vma->vm_start.get();
}

// The vma that covers `address`, or null. mmap_sem held.
vm_area_struct* find_vma(mm_struct* mm, unsigned address);
// The last vma that ends at or below `address`, or null. mmap_sem held.
vm_area_struct* find_vma_prev(mm_struct* mm, unsigned address);
// Whether a vma lies in [start, end). mmap_sem held.
bool range_in_use(mm_struct* mm, unsigned start, unsigned end);

// A vma linked nowhere; null: no memory.
vm_area_struct* alloc_vma(mm_struct* mm, unsigned start, unsigned end, unsigned pgoff,
                          std::uint32_t flags, file* f);
void free_vma(vm_area_struct* vma);
// The rest needs mmap_sem for writing.
// Into the mm's list and behind `after` in its file's (null: at the end).
void link_vma(mm_struct* mm, vm_area_struct* vma, vm_area_struct* after);
// Out of rmap: its anon_vmas and its file. Nothing of it may be mapped.
void unlink_vma(vm_area_struct* vma);

// The locks under which rmap computes addresses in the vma, or walks to its ptes.
struct rmap_locks {
  file* vm_file;                  // whose i_mmap_mutex; may be null
  anon_vma* root;                 // whose lock, for writing; may be null
  vm_area_struct* own = nullptr;  // with own locks: each of this vma's anon_vmas instead
};
rmap_locks take_rmap_locks(vm_area_struct* vma);
// Around a change of where the vma lies: what the design takes (axis vma_adjust_lock).
rmap_locks lock_rmap(vm_area_struct* vma);
void drop_rmap_locks(const rmap_locks& locks);

// Cuts `vma` at `address`, inside it; the part above is the new one. Null: no memory.
vm_area_struct* split_vma(vm_area_struct* vma, unsigned address);
// What a new area would be, or one that has changed.
struct vma_range {
  unsigned start;
  unsigned end;
  unsigned pgoff;
  std::uint32_t flags;
  mm::anon_vma* anon_vma;
  file* vm_file;
};
// Lets a neighbour of [start, end) take it over: a free range, or exactly one vma. Returns the vma
// that covers it now; null: none fits, or no memory.
vm_area_struct* vma_merge(mm_struct* mm, const vma_range& area);
// The vma to which `vma` is about to move: a new one with the same anon_vmas, or a neighbour there
// that grew. *merged: the latter. `vma` may have become part of the result: *vma is updated. Null:
// no memory.
vm_area_struct* copy_vma(vm_area_struct** vma, unsigned address, bool* merged);

// Where page `index` of the vma's file or address space lies, if the vma covers it.
bool vma_address(const vm_area_struct* vma, std::uint32_t index, unsigned* address);

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::vm_area_struct, "vma", vm_mm, vm_start, vm_end, vm_pgoff, vm_flags, vm_file,
              vm_shared, vm_next, anon_vma, anon_vma_chain, anon_vma_chains, i_mmap,
              incomplete_stack, vm_truncate_count, vm_lock, vm_lock_seq, refcnt, vm_refcnt,
              wait_queue, vm_detached, vm_sequence, vm_copy, rcu)

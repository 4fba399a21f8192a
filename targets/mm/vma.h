// vm_area_struct: a mapped range of an address space, anonymous or of a file; mmap and munmap.
//
// Models vm_area_struct, find_vma, mmap_region and do_munmap of 3.8.
// Simplified: a list instead of an rb-tree; munmap removes the whole vma that covers an address, so
// nothing splits; mmap takes a free range only and never merges; file mappings are shared, private
// ones are left out; all mappings can be read and written.
// Changed: the kernel asks whether the neighbour's anon_vma_chain is singular without a lock; here
// that is a counter read with READ_ONCE.
#pragma once

#include "targets/mm/list.h"
#include "targets/mm/locks.h"

namespace rw::mm {

struct anon_vma;
struct file;
struct mm_struct;

struct vm_area_struct {
  // Constant while the vma is linked. Pages: [vm_start, vm_end).
  sync::cell<mm_struct*> vm_mm;
  sync::cell<std::uint32_t> vm_start;
  sync::cell<std::uint32_t> vm_end;
  sync::cell<std::uint32_t> vm_pgoff;   // index of its first page in file or address space
  sync::cell<file*> vm_file;            // null: anonymous
  sync::cell<vm_area_struct*> vm_next;  // under mmap_sem
  // Set once, under mmap_sem (read) and page_table_lock; read without the latter.
  sync::atomic<mm::anon_vma*> anon_vma;
  list_head anon_vma_chain;                     // its chains, newest first; locks as above
  sync::atomic<std::uint32_t> anon_vma_chains;  // how many
  list_head i_mmap;                             // in file.i_mmap, under its i_mmap_mutex
};

// The vma that covers `address`, or null. mmap_sem held.
vm_area_struct* find_vma(mm_struct* mm, unsigned address);

// A vma linked nowhere; null: no memory.
vm_area_struct* alloc_vma(mm_struct* mm, unsigned start, unsigned end, unsigned pgoff, file* f);
void free_vma(vm_area_struct* vma);
// Into the mm's list and behind `after` in its file's (null: at the end). mmap_sem held for
// writing.
void link_vma(mm_struct* mm, vm_area_struct* vma, vm_area_struct* after);
// Out of rmap: its anon_vmas and its file. Nothing of it may be mapped.
void unlink_vma(vm_area_struct* vma);

// Both return null, or why nothing was done.
const char* do_mmap(mm_struct* mm, unsigned start, unsigned pages, file* f);
const char* do_munmap(mm_struct* mm, unsigned address);

// Where page `index` of the vma's file or address space lies, if the vma covers it.
bool vma_address(const vm_area_struct* vma, std::uint32_t index, unsigned* address);

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::vm_area_struct, "vma", vm_mm, vm_start, vm_end, vm_pgoff, vm_file, vm_next,
              anon_vma, anon_vma_chain, anon_vma_chains, i_mmap)

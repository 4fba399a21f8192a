// file: an inode, its address_space and its disk blocks in one; the page cache.
//
// Models struct inode, struct address_space, find_lock_page, filemap_fault,
// clear_page_dirty_for_io, invalidate_inode_pages2_range and truncate_inode_pages of 3.8. A page
// in the cache has one reference for it and page->mapping points here; both change under the page
// lock and tree_lock.
// Simplified: an array instead of a radix tree, looked up under tree_lock; one block per page.
// Changed: truncate punches pages out and leaves the size as it is, so that later faults read
// zeroes; a block that has no page is zeroed under tree_lock, where the kernel's i_size would keep
// readers off.
// Left out: PG_writeback (the page lock is held while the disk is written), errors of the disk.
#pragma once

#include "targets/mm/list.h"
#include "targets/mm/locks.h"
#include "targets/mm/page.h"

namespace rw::mm {

inline constexpr unsigned kFiles = 2;
inline constexpr unsigned kFilePages = 4;
inline constexpr unsigned kHugetlbFile = 1;  // f1: its areas share tables (hugetlb.h)

struct file {
  mutex i_mutex;
  mutex i_mmap_mutex;
  spinlock_t i_mmap_lock;                     // in its place with i_mmap_lock=spinlock
  list_head i_mmap;                           // vmas, under i_mmap_mutex
  mutex unmap_mutex;                          // with i_mmap=restart_serialised, around an unmap
  sync::cell<std::uint32_t> truncate_count;   // unmaps so far, under i_mmap_mutex
  sync::cell<std::uint32_t> hugetlb;          // constant
  sync::cell<std::uint32_t> all_locks_taken;  // AS_MM_ALL_LOCKS: under mm_all_locks_mutex
  spinlock_t tree_lock;
  sync::cell<page*> pages[kFilePages];  // under tree_lock
  sync::coherent<std::uint64_t> disk[kFilePages];
};

void files_begin();
// 0 for f0, 1 for f1.
unsigned file_number(const file* f);

// The page at `index`, locked and with a reference, read in if need be. Null: no memory.
page* file_get_locked_page(file* f, std::uint32_t index);
// Writes a page of the cache to the disk if it is dirty. The page is locked.
void file_write_page(page* p);
// Takes a clean page that only the cache and the caller use out of the cache and drops the cache's
// reference. False: somebody else uses it, or it is dirty. The page is locked and not mapped.
bool file_remove_page(page* p);
// `fresh` takes the place of `old` in the cache, contents and all. False: somebody else uses it.
// Both are locked, `old` is not mapped.
bool file_replace_page(page* old, page* fresh);
// Writes the page at `index` back. Null, or why nothing was done.
const char* do_writeback(file* f, std::uint32_t index);

// Drops the page at `index` from the cache, unmapped everywhere and written back, so that the next
// fault reads it in again (kernel: invalidate_inode_pages2_range). Null, or why it stays.
const char* do_invalidate(file* f, std::uint32_t index);
// Pages from `first` on are dropped, in the cache and on disk, and unmapped everywhere.
void do_truncate(file* f, std::uint32_t first);

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::file, "file", i_mutex, i_mmap_mutex, i_mmap_lock, i_mmap, unmap_mutex,
              truncate_count, hugetlb, all_locks_taken, tree_lock, pages, disk)

#include "targets/mm/file.h"

#include "targets/mm/data_oracle.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/world.h"
#include "targets/mm/zap.h"

namespace rw::mm {

namespace {

void file_init(file* f, unsigned number) {
  mutex_init(&f->i_mutex, i_mutex_class);
  f->hugetlb.set(number == kHugetlbFile ? 1 : 0);
  mutex_init(&f->i_mmap_mutex, number == kHugetlbFile ? hugetlb_i_mmap_class : i_mmap_class);
  spin_lock_init(&f->i_mmap_lock, i_mmap_spinlock_class);
  INIT_LIST_HEAD(&f->i_mmap);
  mutex_init(&f->unmap_mutex, unmap_mutex_class);
  f->truncate_count.set(0);
  f->all_locks_taken.set(0);
  spin_lock_init(&f->tree_lock, tree_lock_class);
  for (unsigned i = 0; i < kFilePages; ++i) {
    f->pages[i].set(nullptr);
    new (&f->disk[i]) sync::coherent<std::uint64_t>(data_initial_token(number, i));
  }
}

// The page in the cache with a reference, or null.
page* find_get_page(file* f, std::uint32_t index) {
  spin_lock(&f->tree_lock);
  page* p = f->pages[index].get();
  if (p != nullptr) get_page(p);
  spin_unlock(&f->tree_lock);
  return p;
}

bool still_in(const page* p, const file* f) {
  return page_mapping(p) == reinterpret_cast<std::uint64_t>(f);
}

// A new page, locked, in the cache, its data read in. Null: no memory. *raced: another one was
// first.
page* read_in(file* f, std::uint32_t index, bool* raced) {
  *raced = false;
  page* p = alloc_page();
  if (p == nullptr) return nullptr;
  lock_page(p);
  spin_lock(&f->tree_lock);
  if (f->pages[index].get() != nullptr) {
    spin_unlock(&f->tree_lock);
    unlock_page(p);
    put_page(p);
    *raced = true;
    return nullptr;
  }
  get_page(p);
  WRITE_ONCE(p->index, index);
  smp_store_release(&p->mapping, reinterpret_cast<std::uint64_t>(f));
  f->pages[index].set(p);
  spin_unlock(&f->tree_lock);
  // Behind the insertion: a truncate that found no page had zeroed the block before it.
  WRITE_ONCE(p->content, READ_ONCE(f->disk[index]));
  lru_cache_add(p);
  reached(reach_counter::file_read_in);
  return p;
}

// The page is locked, in the cache and mapped nowhere.
void truncate_page(file* f, page* p, std::uint32_t index) {
  oracle_unmapped(p);
  spin_lock(&f->tree_lock);
  f->pages[index].set(nullptr);
  WRITE_ONCE(p->mapping, 0);
  WRITE_ONCE(f->disk[index], 0);
  spin_unlock(&f->tree_lock);
  put_page(p);  // the cache's
}

// Zeroes the block if there is no page; returns the page otherwise.
page* find_or_zero(file* f, std::uint32_t index) {
  spin_lock(&f->tree_lock);
  page* p = f->pages[index].get();
  if (p != nullptr)
    get_page(p);
  else
    WRITE_ONCE(f->disk[index], 0);
  spin_unlock(&f->tree_lock);
  return p;
}

void truncate_inode_pages(file* f, std::uint32_t first) {
  for (std::uint32_t index = first; index < kFilePages; ++index) {
    while (page* p = find_or_zero(f, index)) {
      lock_page(p);
      if (still_in(p, f)) {
        // A fault may have mapped it again; none can while it is locked.
        if (page_mapped(p)) {
          reached(reach_counter::truncate_unmapped);
          unmap_mapping_range(f, index, index + 1, false);
        }
        truncate_page(f, p, index);
      }
      unlock_page(p);
      put_page(p);
    }
  }
}

}  // namespace

void files_begin() {
  for (unsigned i = 0; i < kFiles; ++i) {
    w().files[i] = sync::make<file>();
    file_init(w().files[i], i);
  }
}

unsigned file_number(const file* f) {
  unsigned i = 0;
  while (w().files[i] != f) ++i;
  return i;
}

page* file_get_locked_page(file* f, std::uint32_t index) {
  for (;;) {
    page* p = find_get_page(f, index);
    if (p == nullptr) {
      bool raced;
      p = read_in(f, index, &raced);
      if (raced) continue;
      return p;
    }
    lock_page(p);
    if (still_in(p, f)) {
      reached(reach_counter::file_found);
      return p;
    }
    unlock_page(p);
    put_page(p);
  }
}

bool clear_page_dirty_for_io(page* p) {
  lockdep_assert_held(&p->lock);
  // The ptes' dirty bits first, and from now on a write faults and makes the page dirty again.
  if (page_mkclean(p)) set_page_dirty(p);
  return test_clear_page_dirty(p);
}

void file_write_page(page* p) {
  if (!clear_page_dirty_for_io(p)) return;
  auto* f = reinterpret_cast<file*>(page_mapping(p));
  WRITE_ONCE(f->disk[READ_ONCE(p->index)], READ_ONCE(p->content));
  reached(reach_counter::page_written);
}

bool file_remove_page(page* p) {
  auto* f = reinterpret_cast<file*>(page_mapping(p));
  const std::uint32_t index = READ_ONCE(p->index);
  spin_lock(&f->tree_lock);
  // The cache's reference and the caller's; while it is 0 nobody can get one. Who had one may have
  // made the page dirty, so that is looked at afterwards.
  bool alone = page_freeze_refs(p, 2);
  if (alone && page_dirty(p)) {
    atomic_set(&p->refcount, 2);
    alone = false;
  }
  if (alone) {
    oracle_clean_page(p, &f->disk[index]);
    f->pages[index].set(nullptr);
    WRITE_ONCE(p->mapping, 0);
    atomic_set(&p->refcount, 1);
  }
  spin_unlock(&f->tree_lock);
  return alone;
}

bool file_replace_page(page* old, page* fresh) {
  auto* f = reinterpret_cast<file*>(page_mapping(old));
  const std::uint32_t index = READ_ONCE(old->index);
  spin_lock(&f->tree_lock);
  const bool alone = page_freeze_refs(old, 2);
  if (alone) {
    get_page(fresh);
    WRITE_ONCE(fresh->index, index);
    smp_store_release(&fresh->mapping, reinterpret_cast<std::uint64_t>(f));
    f->pages[index].set(fresh);
    WRITE_ONCE(old->mapping, 0);
    atomic_set(&old->refcount, 1);
  }
  spin_unlock(&f->tree_lock);
  if (!alone) return false;
  // Whoever finds the new page waits for its lock.
  WRITE_ONCE(fresh->content, READ_ONCE(old->content));
  if (test_clear_page_dirty(old)) set_page_dirty(fresh);
  return true;
}

const char* do_writeback(file* f, std::uint32_t index) {
  page* p = find_get_page(f, index);
  if (p == nullptr) return "the page is not in the cache";
  lock_page(p);
  if (still_in(p, f)) file_write_page(p);
  unlock_page(p);
  put_page(p);
  return nullptr;
}

const char* do_invalidate(file* f, std::uint32_t index) {
  page* p = find_get_page(f, index);
  if (p == nullptr) return "the page is not in the cache";
  const char* why = kPageBusy;
  lock_page(p);
  if (still_in(p, f)) {
    if (page_mapped(p)) unmap_mapping_range(f, index, index + 1, false);
    // No fault can map it while it is locked.
    oracle_unmapped(p);
    file_write_page(p);
    if (file_remove_page(p)) why = nullptr;
  }
  unlock_page(p);
  put_page(p);
  if (why == nullptr) reached(reach_counter::page_invalidated);
  return why;
}

void do_truncate(file* f, std::uint32_t first) {
  mutex_lock(&f->i_mutex);
  data_truncate_begin(file_number(f), first);
  unmap_mapping_range(f, first, kFilePages, true);
  truncate_inode_pages(f, first);
  data_zap_end();
  mutex_unlock(&f->i_mutex);
}

}  // namespace rw::mm

// What a page counts of its ptes, and whose it is. Finding them: rmap.cc.
#include "targets/mm/rmap.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/compound.h"
#include "targets/mm/oracle.h"
#include "targets/mm/page_map_lock.h"
#include "targets/mm/vma.h"

namespace rw::mm {

namespace {

void set_anon_mapping(page* p, anon_vma* av, sync::site where = sync::site::current()) {
  smp_store_release(&p->mapping, reinterpret_cast<std::uint64_t>(av) | PAGE_MAPPING_ANON, where);
  p->mapping_generation.set(slab_generation(av));  // belongs to the store's step
}

}  // namespace

void page_add_new_anon_rmap(page* p, vm_area_struct* vma, unsigned address) {
  // A new page of huge frames is a huge page.
  atomic_set(page_of_huge_frames(p) ? compound_mapcount_ptr(p) : &p->mapcount, 0);
  WRITE_ONCE(p->index, address - vma->vm_start.get() + vma->vm_pgoff.get());
  set_anon_mapping(p, smp_load_acquire(&vma->anon_vma));
}

namespace {

void count_one_more(page* p, sync::site where) {
  page_map_lock(p, where);
  atomic_inc(&p->mapcount, where);
  page_map_unlock(p, where);
}

}  // namespace

void page_add_file_rmap(page* p) {
  count_one_more(p, sync::site::current());
}
void page_add_anon_rmap(page* p) {
  count_one_more(p, sync::site::current());
}
void page_dup_rmap(page* p, bool compound) {
  page_map_lock(p);
  atomic_inc(compound ? compound_mapcount_ptr(p) : &p->mapcount);
  page_map_unlock(p);
}

void page_remove_rmap(page* p, bool compound, sync::site where) {
  page_map_lock(p, where);
  const int left = atomic_dec_return(compound ? compound_mapcount_ptr(p) : &p->mapcount, where);
  page_map_unlock(p, where);
  if (left < -1)
    sync::fail("refcount", {"page.mapcount", sync::function_name(where)},
               object_name(p) + " loses a pte that it does not have", where);
}

void page_set_anon_mapping(page* p, anon_vma* av, std::uint32_t index) {
  WRITE_ONCE(p->index, index);
  set_anon_mapping(p, av);
}

void page_move_anon_rmap(page* p, vm_area_struct* vma) {
  lockdep_assert_held(&p->lock);
  set_anon_mapping(p, smp_load_acquire(&vma->anon_vma));
}

}  // namespace rw::mm

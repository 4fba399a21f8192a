#include "targets/mm/migrate.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/anon_vma_external.h"
#include "targets/mm/compound.h"
#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/huge_memory.h"
#include "targets/mm/huge_split.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/notify_in_ptl.h"
#include "targets/mm/oracle.h"
#include "targets/mm/outcome.h"
#include "targets/mm/page.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/vma.h"

namespace rw::mm {

void remove_migration_pte(page* fresh, vm_area_struct* vma, unsigned address, void* arg) {
  auto* old = static_cast<page*>(arg);
  mm_struct* mm = vma->vm_mm.get();
  const ptep_t ptep = pte_offset_map_lock(mm, address);
  if (ptep.table == nullptr) return;
  const pte_t entry = ptep_get(ptep);
  if (pte_is_migration(entry) && pte_page(entry) == old) {
    get_page(fresh);
    page_add_anon_rmap(fresh);
    set_pte_at(ptep, mk_pte(fresh, pte_write(entry)));
    reached(reach_counter::migration_entry_removed);
  }
  pte_unmap_unlock(ptep);
}

namespace {

void remove_migration_ptes(page* old, page* fresh) {
  rmap_walk(fresh, remove_migration_pte, old);
  oracle_no_migration_entry(old);
}

// Both are locked, `old` is not mapped. Whether `fresh` is now what `old` was.
bool move_to_new_page(page* fresh, page* old, anon_vma* av) {
  if (av == nullptr) return file_replace_page(old, fresh);
  if (atomic_read(&old->refcount) != 1) return false;
  page_set_anon_mapping(fresh, av, READ_ONCE(old->index));
  WRITE_ONCE(fresh->content, READ_ONCE(old->content));
  return true;
}

// The pin goes.
void drop_anon_vma(anon_vma* av) {
  if (design().migrate_put == migrate_put::once) return put_anon_vma(av);
  if (atomic_dec_and_test(anon_vma_pins(av))) put_anon_vma(av);
}

// Both are locked.
const char* unmap_and_move(page* old, page* fresh) {
  anon_vma* av = nullptr;
  const std::uint64_t mapping = page_mapping(old);
  if (mapping == 0) return "the page is in no file any more";
  if (mapping_is_ksm(mapping)) return "pages of KSM do not move";
  if (mapping_is_anon(mapping)) {
    av = page_get_anon_vma(old);
    if (av == nullptr) return "the page is not mapped";
  }
  try_to_unmap_for_migration(old);
  const bool moved = !page_mapped(old) && move_to_new_page(fresh, old, av);
  if (moved) lru_cache_add(fresh);
  remove_migration_ptes(old, moved ? fresh : old);
  reached(moved ? reach_counter::migrated : reach_counter::migration_undone);
  if (av != nullptr) drop_anon_vma(av);
  return moved ? nullptr : kPageBusy;
}

}  // namespace

namespace {

struct huge_move {
  page* fresh;
  bool done;
};

// Both are locked. Nobody maps the page anywhere else: a pmd that maps it is the only one.
void replace_huge_pmd(page* old, vm_area_struct* vma, unsigned address, void* arg) {
  auto* move = static_cast<huge_move*>(arg);
  mm_struct* mm = vma->vm_mm.get();
  if (move->done || address % HPAGE_PMD_NR != 0) return;
  const bool told = design().thp_migrate == thp_migrate::pair;
  mmu_notifier_range range{mm, address, address + HPAGE_PMD_NR};
  if (told) mmu_notifier_invalidate_range_start(&range);
  spin_lock(&mm->page_table_lock);
  const pmd_t pmd = pmd_get(mm, address);
  const bool maps = pmd_trans_huge(pmd) && !pmd_trans_splitting(pmd) && pmd_page(pmd) == old;
  if (maps && atomic_read(compound_mapcount_ptr(old)) == 0) {
    const pmd_t gone = pmdp_invalidate(mm, address);
    if (told) notify_in_ptl(mm, address, HPAGE_PMD_NR);
    // Ours and the pmd's: a pin would go on with the old page.
    move->done = atomic_read(&old->refcount) == 2;
    if (move->done) {
      copy_huge_contents(move->fresh, old);
      replace_huge_mapping(vma, address, old, move->fresh, pmd_write(gone));
    } else {
      smp_store_release(pmd_offset(mm, address), mk_huge_pmd(old, pmd_write(gone)));
    }
  }
  spin_unlock(&mm->page_table_lock);
  if (told) mmu_notifier_invalidate_range_end(&range);
}

// Moves a huge page that one pmd maps, as NUMA balancing does. It is locked.
bool migrate_misplaced_transhuge_page(page* old) {
  if (atomic_read(compound_mapcount_ptr(old)) != 0) return false;
  anon_vma* av = page_get_anon_vma(old);
  if (av == nullptr) return false;
  huge_move move{alloc_huge_page(), false};
  if (move.fresh != nullptr) {
    lock_page_nested(move.fresh, SINGLE_DEPTH_NESTING);
    rmap_walk(old, replace_huge_pmd, &move);
    unlock_page(move.fresh);
    put_page(move.done ? old : move.fresh);  // the pmd's, or the page nobody needs
    if (move.done) reached(reach_counter::huge_migrated);
  }
  put_anon_vma(av);
  return move.done;
}

}  // namespace

const char* do_migrate(unsigned n) {
  page* old = lru_get(n);
  if (old == nullptr) return "there is no such page on the LRU list";
  const char* why = "the page is locked";
  if (trylock_page(old)) {
    if (PageHead(old) && migrate_misplaced_transhuge_page(old)) {
      unlock_page(old);
      put_page(old);
      return nullptr;
    }
    // As most of the kernel does with what it cannot keep whole.
    if (PageHead(old) && !split_huge_page(old) && splits_by_freeze()) {
      why = kPageBusy;
    } else if (page* fresh = alloc_page()) {
      lock_page_nested(fresh, SINGLE_DEPTH_NESTING);
      why = unmap_and_move(old, fresh);
      unlock_page(fresh);
      put_page(fresh);
    } else {
      why = no_memory();
    }
    unlock_page(old);
  }
  put_page(old);
  return why;
}

}  // namespace rw::mm

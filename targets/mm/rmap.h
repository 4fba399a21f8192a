// rmap: counting a page's ptes, and finding them.
//
// Models mm/rmap.c of 3.8: page_add_*_rmap, page_remove_rmap, page_move_anon_rmap, page_referenced,
// try_to_unmap, page_mkclean. A walk goes through the anon_vma's chains, or the file's list of
// vmas, and looks at the pte under its table's lock.
// Pages of KSM are found through its rmap items (ksm.h).
// Simplified: no lockless look before that; no mlock or non-linear mappings.
// Changed: try_to_unmap_one stands in a notifier range pair (369ea8242c0f); the axis inval_site has
// the calls of invalidate_page before it.
#pragma once

#include "targets/mm/page.h"
#include "targets/mm/page_table.h"

namespace rw::mm {

struct anon_vma;
struct vm_area_struct;

// All need the lock of the table whose pte they count.
// A page nobody else knows, made for `vma`, which has an anon_vma.
void page_add_new_anon_rmap(page* p, vm_area_struct* vma, unsigned address);
void page_add_file_rmap(page* p);
// migration: a pte of a page that page_set_anon_mapping has prepared.
void page_add_anon_rmap(page* p);
// fork: one pte more of a page that has one; `compound`: one huge pmd more.
void page_dup_rmap(page* p, bool compound = false);
void page_remove_rmap(page* p, bool compound = false, sync::site where = sync::site::current());
// A page that nobody maps or finds, before its first pte comes. `av` is pinned.
void page_set_anon_mapping(page* p, anon_vma* av, std::uint32_t index);
// The only user of an anonymous page makes it its own vma's. The page lock is held.
void page_move_anon_rmap(page* p, vm_area_struct* vma);

// Whether one of the page's ptes, or a subscriber's, was used since the last look. The caller holds
// a reference.
bool page_referenced(page* p);

// Makes every pte of a file page clean and read-only, so that the next write faults. Returns
// whether one was dirty. The page lock is held.
bool page_mkclean(page* p);

// Removes every pte of the page; those of an anonymous one become entries of swap slot `slot`. The
// page lock is held, so no new pte can come except where fork copies one, and the walk sees those:
// a child's vma stands behind its parent's.
void try_to_unmap(page* p, unsigned slot);
// Each pte becomes a migration entry instead.
void try_to_unmap_for_migration(page* p);
// The pte at `address`, if it maps `part` of a huge page, becomes a migration entry. The root of
// the anon_vma is locked.
void try_to_unmap_part(page* part, vm_area_struct* vma, unsigned address);
// Calls f(p, vma, address, arg) wherever the page may be mapped. It need not be mapped anywhere, so
// the caller keeps what leads there: the page lock of a file's page, a pin on an anon_vma.
void rmap_walk(page* p, void (*f)(page*, vm_area_struct*, unsigned, void*), void* arg);

}  // namespace rw::mm

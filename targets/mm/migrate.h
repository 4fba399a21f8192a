// Migration: a page's contents move to another frame under the feet of those who map it.
//
// Models unmap_and_move, migrate_page_move_mapping and remove_migration_ptes of 3.8. The page is
// locked; its ptes become migration entries, for which faults wait; the new page takes its place in
// the cache, gets its contents, and the entries become ptes of it. An anonymous page is not mapped
// meanwhile, so its anon_vma is pinned (1ce82b69e96c).
// Left out: writeback under way, huge pages, PG_swapcache, the list of pages that sys_migrate_pages
// has; axis migrate_put has the double put of the huge page form (mail of 2011-01-19).
#pragma once

namespace rw::mm {

struct page;
struct vm_area_struct;

// If the pte of `address` is the migration entry of `old`, it maps `fresh` now. The caller has a
// reference on `fresh`, and what rmap_walk needs.
void remove_migration_pte(page* fresh, vm_area_struct* vma, unsigned address, void* old);

// The n-th page of the LRU list. Null, or why it stays.
const char* do_migrate(unsigned n);

}  // namespace rw::mm

// The oracles of mm that look at its state: each is called at the step that matters.
//
//   O1  a page is freed: no pte, device or TLB may map it    oracle_page_freed, _table_freed
//   O2  an anon_vma is used or freed: it is the one that the mapped pages mean
//                                                            oracle_anon_vma_used, _freed,
//                                                            _root_alive
//   O3  per subscriber each start has its end                subscriber_driver::check_balance
//       no register returns while a pair has skipped it      oracle_pairs.h
//   O5  counts fit what is there, nothing is left            oracle_quiescent, oracle_empty
//   O8  an unmap is over: no CPU uses what was there before  oracle_flushed, _no_writer
//       a clean page holds what the disk holds               oracle_clean_page, _quiescent
//       work between two preemption points is bounded        oracle_latency
//       a copy replaces what it was made of                  oracle_copy_is_current
//   O9  rmap finds every pte                                 oracle_unmapped, oracle_quiescent
//   O10 same anon_vma, same chain; reuse of free ones only   oracle_same_chains, _reused
// O7 is data_oracle.h; O4 and O6's lock part are lockdep's.
// Promises: ghost data and peeks only; no step, no happens-before. Brute force over all address
// spaces and devices, never through the structures under test.
// Leaves out: quiescence oracles in the middle of a run.
#pragma once

#include "fuzz/sync/sync.h"

namespace rw::mm {

struct anon_vma;
struct mm_struct;
struct page;
struct pte_table;
struct tlb_moment;
struct vm_area_struct;

void oracle_begin();

// Keep the list of address spaces, whose number is also the data oracle's.
void oracle_mm_born(mm_struct* mm);
// Fails with "leak" if it still maps something.
void oracle_mm_dies(mm_struct* mm, sync::site where);

// A write through `vma` has gone to `p`: if the mapping is private, not to a page of the file.
void oracle_write_is_private(const vm_area_struct* vma, const page* p,
                             sync::site where = sync::site::current());
// Somebody has written `p`: it is no zero page.
void oracle_written(const page* p, sync::site where = sync::site::current());
// `copy` is about to replace `old` in an address space, where no CPU reaches `old` any more: of an
// anonymous page, which nobody may write meanwhile, it is a copy still.
void oracle_copy_is_current(const page* old, const page* copy,
                            sync::site where = sync::site::current());
// The part [start, end) of an area is under a huge pmd: areas begin and end where huge pages do.
void oracle_whole_huge_page(const mm_struct* mm, unsigned start, unsigned end,
                            sync::site where = sync::site::current());
// get_user_page_fast returns `p`, which no collapse may be copying.
void oracle_not_isolated(const page* p, sync::site where = sync::site::current());
void oracle_page_freed(const page* p, sync::site where);
void oracle_table_freed(const pte_table* table, sync::site where);
// The table of another area is now that of `vma` too, or a new one is: it permits no more than the
// area.
void oracle_table_shared(const vm_area_struct* vma, const pte_table* table,
                         sync::site where = sync::site::current());
// get_user_page_fast of `mm` returns `p`, which it has found in `table`, made for hugetlbfs: if the
// table is another's alone by now, a page of hugetlbfs as it was when both had it.
void oracle_not_foreign(const mm_struct* mm, const pte_table* table, const page* p,
                        sync::site where = sync::site::current());
// A gather ends: no CPU may use a translation of [start, end) that it found before `since`.
void oracle_flushed(const mm_struct* mm, unsigned start, unsigned end, const tlb_moment& since,
                    sync::site where);
// mprotect ends: no CPU may write through a translation that it found before `since`, and no device
// at all.
void oracle_no_writer(const mm_struct* mm, unsigned start, unsigned end, const tlb_moment& since,
                      sync::site where = sync::site::current());
// `pages` are about to be freed without a chance to be preempted.
void oracle_latency(unsigned pages, unsigned bound, sync::site where = sync::site::current());
// A page is about to be unmapped or freed: the calling task may do `bound` of both while it cannot
// be preempted.
void oracle_unpreemptible(unsigned bound, sync::site where = sync::site::current());
// A migration is over.
void oracle_no_migration_entry(const page* p, sync::site where = sync::site::current());
// A file page that nobody can write any more and that is not dirty.
void oracle_clean_page(const page* p, const sync::coherent<std::uint64_t>* disk,
                       sync::site where = sync::site::current());
// `av` is about to be used for `p`, locked or pinned.
void oracle_anon_vma_used(const page* p, const anon_vma* av,
                          sync::site where = sync::site::current());
void oracle_anon_vma_freed(const anon_vma* av, sync::site where = sync::site::current());
// The lock of `root` is about to be probed, outside RCU.
void oracle_root_alive(const anon_vma* root, sync::site where = sync::site::current());
// A walk has just unmapped `p`, whose lock is held.
void oracle_unmapped(const page* p, sync::site where = sync::site::current());

// O10 (oracle_chains.cc): two vmas with one anon_vma of their own have the same chain. mmap_sem
// held.
void oracle_same_chains(const vm_area_struct* a, const vm_area_struct* b,
                        sync::site where = sync::site::current());
// ... for each other vma of its mm.
void oracle_neighbours(const vm_area_struct* vma, sync::site where = sync::site::current());
// fork gives an ancestor's anon_vma to a child: no vma may have it as its own. Root lock held.
void oracle_anon_vma_reused(const anon_vma* av, sync::site where = sync::site::current());

// All tasks have ended: counts and rmap agree with the ptes.
void oracle_quiescent(sync::site where = sync::site::current());
// ... and everything was taken down: nothing may be left.
void oracle_empty(sync::site where = sync::site::current());

}  // namespace rw::mm

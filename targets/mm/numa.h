// NUMA balancing of huge pages: a pmd is made inaccessible, and who faults on it moves the page.
//
// Models change_prot_numa and do_huge_pmd_numa_page of 3.8 with 20841405940e: the pmds of a range
// are changed first and flushed together afterwards, under mmap_sem for reading, so a fault may
// come before the flush. mm->numa_flush_pending tells it that CPUs may still write through old
// translations.
//
// Axis numa_pending: a counter, or a flag that the second of two tasks clears for the first one.
// Axis numa_look: behind the pmd's lock, which orders mark and pmd, or before it, where nothing
// does (20841405940e has a barrier between the two; docs/findings.md).
//
// Simplified: every fault moves a page that only this pmd maps. Left out: ptes, nodes.
#pragma once

#include "targets/mm/page_table.h"

namespace rw::mm {

struct vm_area_struct;

// Makes the huge pmd at `address`, if there is one, inaccessible until a fault. Null, or why not.
const char* do_change_prot_numa(mm_struct* mm, unsigned address);
// A fault on such a pmd, which was `orig`. mmap_sem is held.
void do_huge_pmd_numa_page(vm_area_struct* vma, unsigned address, pmd_t orig);

}  // namespace rw::mm

// fork: a child address space that shares the parent's anonymous pages until somebody writes.
//
// Models dup_mmap and copy_page_range of 3.8: both mmap_sems held for writing; each vma is attached
// to its anon_vmas and its file before its ptes are copied; anonymous ptes become read-only on both
// sides inside a notifier pair of the parent. Shared file ptes are left to faults.
// Simplified: nothing but memory is forked. A failed allocation gives the half-made child up.
#pragma once

namespace rw::mm {

struct mm_struct;

// Null: no memory.
mm_struct* dup_mm(mm_struct* parent);

}  // namespace rw::mm

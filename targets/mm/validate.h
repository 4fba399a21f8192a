// validate_mm: the debugging walk over an mm's vmas and their chains.
//
// Models validate_mm of mm/mmap.c (CONFIG_DEBUG_VM_RB, 3.8 to 4.4): under mmap_sem for reading,
// each vma's chain is checked under its anon_vmas' root lock. A first fault may give a vma its
// anon_vma meanwhile. Axis validate_lock.
#pragma once

namespace rw::mm {

struct mm_struct;

void validate_mm(mm_struct* mm);

}  // namespace rw::mm

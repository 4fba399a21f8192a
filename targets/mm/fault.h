// Page faults, and those who take them: the CPU's access, and a device that asks for a page.
//
// Models handle_pte_fault, do_anonymous_page, do_swap_page, __do_fault, do_wp_page and
// get_user_pages(_fast) of 3.8. The fault holds mmap_sem for reading, or its area alone
// (vma_lock.h); a pte is changed under its table's lock after a look whether it is still the one
// the decision was made on.
// Simplified: no stack growth.
#pragma once

#include "targets/mm/page.h"

namespace rw::mm {

struct mm_struct;
struct vm_area_struct;

// The vma covers the address; mmap_sem is held, or the vma. Null: done, or another task changed the
// pte and a further access will tell. With `force` a private page that the area may not write is
// copied, and stays read-only; *broke_cow is set when the pte maps a page of its own.
const char* handle_mm_fault(mm_struct* mm, vm_area_struct* vma, unsigned address, bool write,
                            bool force = false, bool* broke_cow = nullptr);
// Reasons are literals; null: done. The caller holds mm_users and no lock.
const char* fault_in(mm_struct* mm, unsigned address, bool write);
// One read or write by the calling CPU, faulting as often as it takes.
const char* access_page(mm_struct* mm, unsigned address, bool write);
// The page at `address` with a reference, writable by the mm if `write`. On null, *why is a
// literal.
page* get_user_page(mm_struct* mm, unsigned address, bool write, const char** why);
// A debugger reads a page of another process, or writes it, whether the area may be written or not
// (FOLL_FORCE; ptrace, /proc/pid/mem). Null, or why nothing was done.
const char* access_remote_vm(mm_struct* mm, unsigned address, bool write);

}  // namespace rw::mm

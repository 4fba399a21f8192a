// exec: a new process, whose stack is built at one place and moved to another before it runs.
//
// Models bprm_mm_init, copy_strings and shift_arg_pages of 3.8: the stack area grows over its new
// place, keeping its page numbers, the ptes move, and its old end goes. In between rmap computes
// addresses at which the pages are not yet, so migration leaves such an area alone
// (VM_STACK_INCOMPLETE_SETUP, a8bef8ff6ea1; axis exec_stack), and reclaim may miss its pages.
// Left out: everything of exec but the stack; the old address space.
#pragma once

namespace rw::mm {

struct mm_struct;

// A process with one area of one page. Null: no memory.
mm_struct* do_exec();

}  // namespace rw::mm

#include "targets/mm/exec.h"

#include "targets/mm/data_oracle.h"
#include "targets/mm/fault.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmap.h"
#include "targets/mm/reach.h"
#include "targets/mm/vma_lock.h"

namespace rw::mm {

namespace {

constexpr unsigned kStackBuilt = 5;  // page numbers
constexpr unsigned kStackFinal = 4;

// mmap_sem is held for writing.
void set_bounds(vm_area_struct* vma, unsigned start, unsigned end) {
  const rmap_locks locks = take_rmap_locks(vma);
  vma->vm_start.set(start);
  vma->vm_end.set(end);
  drop_rmap_locks(locks);
}

// False: no memory, and the stack is where it was or nowhere.
bool shift_arg_pages(mm_struct* mm, vm_area_struct* vma) {
  const unsigned pages = vma_pages(vma);
  vma_start_change(vma);
  vma_table_store(vma, kStackFinal, kStackBuilt);
  set_bounds(vma, kStackFinal, kStackBuilt + pages);
  data_mapped(mm, kStackFinal, kStackFinal + pages, nullptr, false);
  data_move_begin(mm, kStackBuilt, kStackFinal, pages);
  if (!move_page_tables(vma, kStackBuilt, kStackFinal, pages, false)) return false;
  data_move_end(mm, kStackBuilt, kStackFinal, pages);
  vma_table_clear(mm, kStackFinal + pages, kStackBuilt + pages);
  set_bounds(vma, kStackFinal, kStackFinal + pages);
  smp_store_release(&vma->incomplete_stack, 0);
  reached(reach_counter::stack_moved);
  return true;
}

bool build_stack(mm_struct* mm) {
  down_write(&mm->mmap_sem);
  data_mapped(mm, kStackBuilt, kStackBuilt + 1, nullptr, false);
  vm_area_struct* vma = alloc_vma(mm, kStackBuilt, kStackBuilt + 1, kStackBuilt, VM_WRITE, nullptr);
  if (vma != nullptr) {
    WRITE_ONCE(vma->incomplete_stack, 1);
    link_vma(mm, vma, nullptr);
  }
  mmap_write_unlock(mm);
  if (vma == nullptr || access_page(mm, kStackBuilt, true) != nullptr) return false;
  down_write(&mm->mmap_sem);
  const bool moved = shift_arg_pages(mm, vma);
  mmap_write_unlock(mm);
  return moved;
}

}  // namespace

mm_struct* do_exec() {
  mm_struct* mm = mm_alloc();
  if (mm == nullptr) return nullptr;
  if (build_stack(mm)) return mm;
  mmput(mm);
  return nullptr;
}

}  // namespace rw::mm

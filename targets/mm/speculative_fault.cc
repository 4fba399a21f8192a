#include "targets/mm/speculative_fault.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/design.h"
#include "targets/mm/gup_fast.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/reach.h"
#include "targets/mm/rmap.h"
#include "targets/mm/vma_lock.h"
#include "targets/mm/world.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

// One fault, and what it has noted.
struct speculation {
  mm_struct* mm;
  unsigned address;
  vm_area_struct* vma;
  std::uint32_t sequence;
  std::uint32_t index;  // of the page
  bool writable;
  mm::anon_vma* anon_vma;
  pmd_t pmd;
  ptep_t ptep;
};

bool vma_has_changed(const speculation& s) {
  return read_seqcount_retry(&s.vma->vm_sequence, s.sequence);
}

// Notes what the area is. False: the fault cannot do without mmap_sem.
bool read_area(speculation* s) {
  s->sequence = raw_read_seqcount(&s->vma->vm_sequence);
  if ((s->sequence & 1U) != 0) {
    reached(reach_counter::vma_busy);
    return false;
  }
  const vma_copy& copy = s->vma->vm_copy;
  const std::uint32_t start = READ_ONCE(copy.start);
  const std::uint32_t end = READ_ONCE(copy.end);
  s->index = s->address - start + READ_ONCE(copy.pgoff);
  s->writable = (READ_ONCE(copy.flags) & VM_WRITE) != 0;
  s->anon_vma = smp_load_acquire(&s->vma->anon_vma);
  const bool covers = design().vma_recheck == vma_recheck::detached_only ||
                      (s->address >= start && s->address < end);
  if (vma_has_changed(*s) || !covers) {
    reached(reach_counter::vma_changed_since_found);
    return false;
  }
  return s->vma->vm_file.get() == nullptr && s->anon_vma != nullptr;
}

// Page tables stay while f runs, whoever unmaps them.
bool walk(speculation* s, bool (*f)(void*)) {
  if (design().vma_seq_walk == vma_seq_walk::bare) return f(s);
  return with_page_tables(s->mm, f, s);
}

// Whether there is a table for the address and nothing in it yet.
bool find_pte(void* argument) {
  auto* s = static_cast<speculation*>(argument);
  s->pmd = pmd_get(s->mm, s->address);
  if (pmd_none(s->pmd) || pmd_trans_huge(s->pmd)) return false;
  s->ptep = pte_in(s->pmd, s->address);
  return pte_none(ptep_get(s->ptep));
}

// Locks the table if nothing has changed. It does not wait: who has the lock may wait for this CPU.
bool pte_map_lock(void* argument) {
  auto* s = static_cast<speculation*>(argument);
  const bool ahead = design().vma_seq_check == vma_seq_check::ahead;
  if (ahead && vma_has_changed(*s)) return false;
  if (pmd_get(s->mm, s->address) != s->pmd || !spin_trylock(&s->ptep.table->ptl)) return false;
  const bool changed = !ahead && vma_has_changed(*s);
  if (changed) reached(reach_counter::vma_changed_since_found);
  if (!changed && pte_none(ptep_get(s->ptep))) return true;
  spin_unlock(&s->ptep.table->ptl);
  return false;
}

// The table stays while it is locked: to unmap what is in it takes that lock.
bool install(speculation* s, page* p) {
  if (!walk(s, pte_map_lock)) return false;
  if (p != nullptr) {
    atomic_set(&p->mapcount, 0);
    page_set_anon_mapping(p, s->anon_vma, s->index);
    lru_cache_add(p);
  }
  set_pte_at(s->ptep, p != nullptr ? mk_pte(p, s->writable) : mk_pte(zero_page(), false));
  pte_unmap_unlock(s->ptep);
  reached(p != nullptr ? reach_counter::anonymous_page : reach_counter::zero_page_mapped);
  return true;
}

// The section that keeps s->vma is the caller's.
bool fault_in_area(speculation* s, bool write) {
  if (!read_area(s) || (write && !s->writable) || !walk(s, find_pte)) return false;
  if (!write) return install(s, nullptr);
  page* p = alloc_page();
  if (p == nullptr) return false;
  if (install(s, p)) return true;
  put_page(p);
  return false;
}

}  // namespace

bool faults_are_speculative() {
  return design().fault_path == fault_path::seqcount;
}

bool handle_speculative_fault(mm_struct* mm, unsigned address, bool write) {
  if (!faults_are_speculative()) return false;
  const int section = srcu_read_lock(&w().vma_srcu);
  speculation s{};
  s.mm = mm;
  s.address = address;
  s.vma = srcu_dereference(mm->vmas.get()->at[address], &w().vma_srcu);
  const bool done = s.vma != nullptr && fault_in_area(&s, write);
  srcu_read_unlock(&w().vma_srcu, section);
  if (done) reached(reach_counter::fault_without_mmap_sem);
  return done;
}

// ---- who changes areas --------------------------------------------------------------------------

void vm_sequence_init(vm_area_struct* vma) {
  seqcount_init(&vma->vm_sequence);
  for (auto* field :
       {&vma->vm_copy.start, &vma->vm_copy.end, &vma->vm_copy.pgoff, &vma->vm_copy.flags})
    new (field) sync::atomic<std::uint32_t>(0U);
}

namespace {

bool is_odd(vm_area_struct* vma) {
  return (raw_read_seqcount(&vma->vm_sequence) & 1U) != 0;
}

void write_if_other(sync::atomic<std::uint32_t>* copy, std::uint32_t value) {
  if (READ_ONCE(*copy) != value) WRITE_ONCE(*copy, value);
}

}  // namespace

void vm_write_begin(vm_area_struct* vma) {
  if (!is_odd(vma)) raw_write_seqcount_begin(&vma->vm_sequence);
}

void vm_publish(vm_area_struct* vma) {
  write_if_other(&vma->vm_copy.start, vma->vm_start.get());
  write_if_other(&vma->vm_copy.end, vma->vm_end.get());
  write_if_other(&vma->vm_copy.pgoff, vma->vm_pgoff.get());
  write_if_other(&vma->vm_copy.flags, vma->vm_flags.get());
}

void vm_write_end_all(mm_struct* mm) {
  for (vm_area_struct* vma = mm->mmap.get(); vma != nullptr; vma = vma->vm_next.get()) {
    vm_publish(vma);
    if (is_odd(vma)) raw_write_seqcount_end(&vma->vm_sequence);
  }
}

void call_after_speculation(rcu_head* head, void (*f)(rcu_head*)) {
  call_srcu(&w().vma_srcu, head, f);
}

}  // namespace rw::mm

#include "targets/mm/page_table.h"

#include "targets/mm/data_oracle.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/oracle.h"
#include "targets/mm/world.h"

namespace rw::mm {

pte_t mk_pte(const page* p, bool writable) {
  return page_to_pfn(p) << 8U | (writable ? 1U : 0U) << kPteWriteBit | 1U << kPteYoungBit |
         1U << kPtePresentBit;
}
pte_t mk_swap_pte(unsigned slot) {
  return slot << 8U | 1U << kPteSwapBit;
}
page* pte_page(pte_t pte) {
  return pfn_to_page(pte_value(pte));
}

pte_t ptep_get(const mm_struct* mm, unsigned address, sync::site where) {
  return smp_load_acquire(&mm->pgd.pte[address], where);
}

void set_pte_at(mm_struct* mm, unsigned address, pte_t pte, sync::site where) {
  lockdep_assert_held(&mm->page_table_lock, where);
  mm->populated.set(mm->populated.get() | std::uint64_t{1} << address);
  smp_store_release(&mm->pgd.pte[address], pte, where);
}

pte_t ptep_get_and_clear(mm_struct* mm, unsigned address, sync::site where) {
  lockdep_assert_held(&mm->page_table_lock, where);
  RW_NOTE("clear pte {}[{:#x}]", object_name(mm), address);
  return xchg(&mm->pgd.pte[address], 0, where);
}

void ptep_set_wrprotect(mm_struct* mm, unsigned address, sync::site where) {
  lockdep_assert_held(&mm->page_table_lock, where);
  clear_bit(kPteWriteBit, &mm->pgd.pte[address], where);
}

bool ptep_test_and_clear_young(mm_struct* mm, unsigned address, sync::site where) {
  lockdep_assert_held(&mm->page_table_lock, where);
  return test_and_clear_bit(kPteYoungBit, &mm->pgd.pte[address], where);
}

void flush_tlb_mm(mm_struct* mm, sync::site where) {
  sync::operation scope("flush_tlb_mm", mm, where);
  const std::uint32_t cpus = READ_ONCE(mm->cpumask, where);
  for (unsigned i = 0; i < kMaxCpus; ++i) {
    if ((cpus >> i & 1U) == 0) continue;
    spin_lock(&w().cpus[i].hardware, where);
    spin_unlock(&w().cpus[i].hardware, where);
  }
}

bool cpu_access(mm_struct* mm, unsigned address, bool write, std::uint64_t* token,
                sync::site where) {
  const unsigned id = sync::current_task();
  // As switch_mm does, with the full barrier that the flush relies on.
  if (!test_bit(id, &mm->cpumask, where)) test_and_set_bit(id, &mm->cpumask, where);

  sync::operation scope("cpu_access", &mm->pgd.pte[address], where);
  spinlock_t* hardware = &w().cpus[id].hardware;
  spin_lock(hardware, where);
  pte_t pte = ptep_get(mm, address, where);
  bool done = false;
  while (pte_present(pte) && (!write || pte_write(pte))) {
    const pte_t young = pte | 1U << kPteYoungBit;
    if (young != pte) {
      const pte_t seen = cmpxchg(&mm->pgd.pte[address], pte, young, where);
      if (seen != pte) {
        pte = seen;
        continue;
      }
    }
    page* p = pte_page(pte);
    if (write) {
      WRITE_ONCE(p->content, *token, where);
      data_write(data_key(mm, address), *token);
    } else {
      *token = READ_ONCE(p->content, where);
      data_read(data_key(mm, address), *token, where);
    }
    done = true;
    break;
  }
  spin_unlock(hardware, where);
  return done;
}

pte_t pte_peek(const mm_struct* mm, unsigned address) {
  return mm->pgd.pte[address].peek();
}

}  // namespace rw::mm

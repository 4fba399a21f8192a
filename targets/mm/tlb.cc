#include "targets/mm/tlb.h"

#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

sync::ghost<std::uint32_t> g_fills;

std::uint32_t pages_mask(unsigned start, unsigned end) {
  return ((1U << end) - 1U) & ~((1U << start) - 1U);
}
static_assert(kPages < 32);

// A remembered translation that serves the access as it is.
bool tlb_lookup(const cpu* c, unsigned address, bool write, pte_t* pte) {
  if ((c->valid.get() >> address & 1U) == 0) return false;
  *pte = c->tlb[address].get();
  return !write || (pte_write(*pte) && pte_dirty(*pte));
}

void tlb_fill(cpu* c, unsigned address, pte_t pte) {
  c->tlb[address].set(pte);
  c->filled[address].set(g_fills.add(1));
  c->filled_at[address].set(hooks::known_clock(sync::current_task()));
  c->valid.set(c->valid.get() | 1U << address);
}

// The walk ends at a huge pmd. It remembers the page that was asked for.
bool huge_walk(cpu* c, mm_struct* mm, unsigned address, bool write, pmd_t pmd, pte_t* found,
               sync::site where) {
  while (pmd_trans_huge(pmd) && pte_access_permitted(pmd_pte(pmd, address), write)) {
    const pmd_t want = pmd | 1U << kPteYoungBit | (write ? 1U << kPteDirtyBit : 0U);
    auto* slot = pmd_offset(mm, address);
    const pmd_t seen = want != pmd ? cmpxchg(slot, pmd, want, where) : pmd;
    if (seen == pmd) {
      *found = pmd_pte(want, address);
      tlb_fill(c, address, *found);
      return true;
    }
    pmd = seen;
  }
  return false;
}

// The CPU's own walk of the tables.
bool hardware_walk(cpu* c, mm_struct* mm, unsigned address, bool write, pte_t* found,
                   sync::site where) {
  const pmd_t pmd = pmd_get(mm, address, where);
  if (pmd_trans_huge(pmd)) return huge_walk(c, mm, address, write, pmd, found, where);
  const ptep_t ptep = pte_in(pmd, address);
  if (ptep.table == nullptr) return false;
  pte_t pte = ptep_get(ptep, where);
  while (pte_access_permitted(pte, write)) {
    const pte_t want = write ? pte_mkdirty(pte_mkyoung(pte)) : pte_mkyoung(pte);
    const pte_t seen = want != pte ? cmpxchg(ptep.slot, pte, want, where) : pte;
    if (seen == pte) {
      tlb_fill(c, address, want);
      *found = want;
      return true;
    }
    pte = seen;
  }
  return false;
}

// Whether somebody has unmapped the page and is about to flush: until then the CPU may use it.
bool awaits_flush(const mm_struct* mm, unsigned address, const page* p) {
  const pte_t pte = pte_peek(mm, address);
  return (!pte_present(pte) || pte_page(pte) != p) && mm->tlb_flush_pending.peek() > 0;
}

void access_content(mm_struct* mm, unsigned address, page* p, bool write, std::uint64_t* token,
                    sync::site where) {
  const unsigned key = data_key(mm, address);
  if (write) {
    WRITE_ONCE(p->content, *token, where);
    oracle_written(p, where);
    if (awaits_flush(mm, address, p)) {
      reached(reach_counter::written_before_flush);
      data_write_perhaps(key, *token);
    } else {
      data_write(key, *token);
    }
  } else {
    *token = READ_ONCE(p->content, where);
    if (awaits_flush(mm, address, p))
      reached(reach_counter::read_before_flush);
    else
      data_read(key, *token, where);
  }
}

// Calls f(cpu) for each CPU that has `mm` loaded, in its answer to an IPI.
template <typename F>
void on_each_cpu_of(mm_struct* mm, sync::site where, F f) {
  // Pairs with that of switch_mm.
  if (design().flush_barrier == flush_barrier::full) smp_mb__inside_step(where);
  const std::uint32_t cpus = smp_load_acquire(&mm->cpumask, where);
  for (unsigned i = 0; i < kMaxCpus; ++i) {
    if ((cpus >> i & 1U) == 0) continue;
    cpu* c = &w().cpus[i];
    spin_lock(&c->hardware, where);
    if (c->mm.get() == mm) f(c);
    spin_unlock(&c->hardware, where);
  }
}

}  // namespace

void switch_mm(cpu* c, mm_struct* mm, sync::site where) {
  const unsigned id = sync::current_task();
  mm_struct* old = c->mm.get();
  if (old == mm) return;
  c->valid.set(0);
  // The last thing this CPU does to it. Release, and acquire in on_each_cpu_of, stand for the
  // mm_count that the kernel's CPU holds on what it has loaded.
  if (old != nullptr) clear_bit_unlock(id, &old->cpumask, where);
  c->mm.set(mm);
  // The full barrier that flush_tlb_range relies on: either it sees the bit or the walk behind this
  // sees the new ptes.
  test_and_set_bit(id, &mm->cpumask, where);
}

void cpus_begin() {
  g_fills.set(0);
  for (auto& c : w().cpus) {
    spin_lock_init(&c.hardware, cpu_hardware_class);
    c.mm.set(nullptr);
    c.valid.set(0);
  }
}

void flush_tlb_range(mm_struct* mm, unsigned start, unsigned end, sync::site where) {
  sync::operation scope("flush_tlb_range", &mm->cpumask, where);
  on_each_cpu_of(mm, where, [&](cpu* c) {
    const std::uint32_t hit = c->valid.get() & pages_mask(start, end);
    if (hit == 0) return;
    reached(reach_counter::tlb_flushed);
    c->valid.set(c->valid.get() & ~hit);
  });
}

void leave_mm(mm_struct* mm, sync::site where) {
  sync::operation scope("leave_mm", &mm->cpumask, where);
  on_each_cpu_of(mm, where, [](cpu* c) {
    c->valid.set(0);
    c->mm.set(nullptr);
  });
}

bool cpu_access(mm_struct* mm, unsigned address, bool write, std::uint64_t* token,
                sync::site where) {
  sync::operation scope("cpu_access", &mm->pgd, where);
  cpu* c = &w().cpus[sync::current_task()];
  spin_lock(&c->hardware, where);
  switch_mm(c, mm, where);
  pte_t pte = 0;
  bool mapped = tlb_lookup(c, address, write, &pte);
  if (mapped)
    reached(reach_counter::tlb_hit);
  else
    mapped = hardware_walk(c, mm, address, write, &pte, where);
  if (mapped) access_content(mm, address, pte_page(pte), write, token, where);
  spin_unlock(&c->hardware, where);
  return mapped;
}

tlb_moment tlb_now() {
  tlb_moment now{g_fills.get(), {}};
  for (unsigned i = 0; i < kMaxCpus; ++i) now.known[i] = hooks::known_clock(i);
  return now;
}

int tlb_who_maps(const page* p) {
  for (unsigned i = 0; i < kMaxCpus; ++i) {
    const cpu& c = w().cpus[i];
    for (std::uint32_t set = c.valid.peek(); set != 0; set &= set - 1)
      if (pte_page(c.tlb[__builtin_ctz(set)].peek()) == p) return static_cast<int>(i);
  }
  return -1;
}

namespace {

bool is_older(const cpu& c, unsigned id, unsigned address, const tlb_moment& since) {
  if (c.filled[address].get() > since.fills) return false;
  return !hooks::stale_loads() || c.filled_at[address].get() <= since.known[id];
}

}  // namespace

int tlb_who_is_stale(const mm_struct* mm, unsigned start, unsigned end, const tlb_moment& since,
                     bool writers_only) {
  for (unsigned i = 0; i < kMaxCpus; ++i) {
    const cpu& c = w().cpus[i];
    if (c.mm.peek() != mm) continue;
    for (std::uint32_t set = c.valid.peek() & pages_mask(start, end); set != 0; set &= set - 1) {
      const auto address = static_cast<unsigned>(__builtin_ctz(set));
      if (is_older(c, i, address, since) && (!writers_only || pte_write(c.tlb[address].peek())))
        return static_cast<int>(i);
    }
  }
  return -1;
}

}  // namespace rw::mm

#include "targets/mm/oracle.h"

#include <fmt/format.h>

#include "targets/mm/anon_vma.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/file.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/subscriber.h"
#include "targets/mm/swap.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

// Every mm_struct that is not freed, in its slot of `id`.
sync::ghost<mm_struct*> g_mms[kMaxMms];

// Calls f(mm, address, pte) for each pte that is not none.
template <typename F>
void for_each_pte(F f) {
  for (const auto& slot : g_mms) {
    const mm_struct* mm = slot.get();
    if (mm == nullptr) continue;
    for (unsigned i = 0; i < kPmds; ++i) {
      const pte_table* table = mm->pgd.pmd[i].peek();
      if (table == nullptr) continue;
      for (unsigned j = 0; j < kPtrsPerTable; ++j)
        if (const pte_t pte = table->pte[j].peek(); !pte_none(pte))
          f(mm, i * kPtrsPerTable + j, pte);
    }
  }
}

bool maps(pte_t pte, const page* p) {
  return pte_present(pte) && pte_page(pte) == p;
}

unsigned ptes_of(const page* p) {
  unsigned count = 0;
  for_each_pte([&](const mm_struct*, unsigned, pte_t pte) { count += maps(pte, p) ? 1 : 0; });
  return count;
}

[[noreturn]] void fail(const char* kind, std::initializer_list<std::string> parts,
                       std::string message, sync::site where) {
  sync::fail(kind, parts, std::move(message), where);
}

bool covers(const vm_area_struct* vma, const mm_struct* mm, std::uint32_t index, unsigned address) {
  return vma->vm_mm.peek() == mm && address >= vma->vm_start.peek() &&
         address < vma->vm_end.peek() &&
         index == address - vma->vm_start.peek() + vma->vm_pgoff.peek();
}

// Whether a walk from the page would come to this pte.
bool walk_finds(const page* p, const mm_struct* mm, unsigned address) {
  const std::uint64_t mapping = p->mapping.peek();
  const std::uint32_t index = p->index.peek();
  if (mapping_is_anon(mapping)) {
    const list_head* head = &mapping_anon_vma(mapping)->head;
    for (list_head* node = head->next.peek(); node != head; node = node->next.peek())
      if (covers(RW_ENTRY(node, anon_vma_chain, same_anon_vma)->vma.peek(), mm, index, address))
        return true;
    return false;
  }
  const list_head* head = &reinterpret_cast<file*>(mapping)->i_mmap;
  for (list_head* node = head->next.peek(); node != head; node = node->next.peek())
    if (covers(RW_ENTRY(node, vm_area_struct, i_mmap), mm, index, address)) return true;
  return false;
}

void check_page(const page* p, sync::site where) {
  const unsigned ptes = ptes_of(p);
  if (p->mapcount.peek() + 1 != static_cast<int>(ptes))
    fail("refcount", {"page.mapcount"},
         fmt::format("{} counts {} ptes and {} map it", object_name(p), p->mapcount.peek() + 1,
                     ptes),
         where);
  const bool cached = p->mapping.peek() != 0 && !mapping_is_anon(p->mapping.peek());
  int users = static_cast<int>(ptes) + (cached ? 1 : 0);
  for (const subscriber_driver* driver : subscriber_drivers())
    if (driver->references != nullptr) users += static_cast<int>(driver->references(p));
  if (p->refcount.peek() != users)
    fail(p->refcount.peek() > users ? "leak" : "refcount", {"page.refcount"},
         fmt::format("{} counts {} references and {} are known", object_name(p), p->refcount.peek(),
                     users),
         where);
}

bool mapped_by_a_device(const page* p) {
  for (const subscriber_driver* driver : subscriber_drivers())
    if (driver->who_maps(p) != nullptr) return true;
  return false;
}

// A clean file page holds what the disk holds. A device's writes show when it lets go.
void check_disk(const page* p, sync::site where) {
  const std::uint64_t mapping = p->mapping.peek();
  if (mapping == 0 || mapping_is_anon(mapping) || (p->flags.peek() >> PG_dirty & 1U) != 0) return;
  if (mapped_by_a_device(p)) return;
  bool dirty = false;
  for_each_pte(
      [&](const mm_struct*, unsigned, pte_t pte) { dirty |= maps(pte, p) && pte_dirty(pte); });
  if (!dirty) oracle_clean_page(p, &reinterpret_cast<file*>(mapping)->disk[p->index.peek()], where);
}

void check_rmap(sync::site where) {
  for_each_pte([&](const mm_struct* mm, unsigned address, pte_t pte) {
    if (!pte_present(pte) || walk_finds(pte_page(pte), mm, address)) return;
    fail("rmap-incomplete", {"pte", "quiescent"},
         fmt::format("{}[{:#x}] maps {} and rmap does not find it", object_name(mm), address,
                     object_name(pte_page(pte))),
         where);
  });
}

void check_swap(sync::site where) {
  for (unsigned slot = 0; slot < kSwapSlots; ++slot) {
    unsigned ptes = 0;
    for_each_pte([&](const mm_struct*, unsigned, pte_t pte) {
      ptes += pte_is_swap(pte) && pte_value(pte) == slot ? 1 : 0;
    });
    if (swap_count_peek(slot) != ptes)
      fail("leak", {"swap_slot.count"},
           fmt::format("swap slot {} counts {} ptes and {} name it", slot, swap_count_peek(slot),
                       ptes),
           where);
  }
}

}  // namespace

void oracle_begin() {
  for (auto& slot : g_mms) slot.set(nullptr);
}

void oracle_mm_born(mm_struct* mm) {
  sync::ghost_section section;
  unsigned id = 0;
  while (id < kMaxMms && g_mms[id].get() != nullptr) ++id;
  RW_CHECK(id < kMaxMms, "more address spaces alive at once than the oracles can tell apart");
  g_mms[id].set(mm);
  mm->id.set(id);
  data_mm_born(mm);
}

void oracle_mm_dies(mm_struct* mm, sync::site where) {
  for_each_pte([&](const mm_struct* owner, unsigned address, pte_t) {
    if (owner == mm)
      fail("leak", {"mm_struct.pgd", "mmdrop"},
           fmt::format("{} is freed with a pte at {:#x}", object_name(mm), address), where);
  });
  g_mms[mm->id.get()].set(nullptr);
}

void oracle_page_freed(const page* p, sync::site where) {
  for_each_pte([&](const mm_struct* mm, unsigned address, pte_t pte) {
    if (maps(pte, p))
      fail("invariant", {"page.mapcount", "pte", "free_page"},
           fmt::format("{} is freed while {}[{:#x}] maps it", object_name(p), object_name(mm),
                       address),
           where);
  });
  for (const subscriber_driver* driver : subscriber_drivers())
    if (const subscriber* device = driver->who_maps(p))
      fail("stale-secondary", {driver->name, "free_page"},
           fmt::format("{} is freed while {} maps it", object_name(p), object_name(device)), where);
  if (const int id = tlb_who_maps(p); id >= 0)
    fail("stale-tlb", {"free_page"},
         fmt::format("{} is freed while CPU {} has a translation to it", object_name(p), id),
         where);
}

void oracle_table_freed(const pte_table* table, sync::site where) {
  for (const auto& pte : table->pte)
    if (!pte_none(pte.peek()))
      fail("invariant", {"pte_table", "pte_free"},
           fmt::format("{} is freed with a pte in it", object_name(table)), where);
}

void oracle_flushed(const mm_struct* mm, unsigned start, unsigned end, std::uint32_t clock,
                    sync::site where) {
  const int id = tlb_who_is_stale(mm, start, end, clock, false);
  if (id < 0) return;
  fail("stale-tlb", {"tlb", sync::function_name(where)},
       fmt::format("CPU {} may still use a translation of {}[{:#x}, {:#x}) from before it was "
                   "unmapped",
                   id, object_name(mm), start, end),
       where);
}

void oracle_no_writer(const mm_struct* mm, unsigned start, unsigned end, std::uint32_t clock,
                      sync::site where) {
  const int id = tlb_who_is_stale(mm, start, end, clock, true);
  if (id < 0) return;
  fail("stale-tlb", {"tlb", sync::function_name(where)},
       fmt::format("CPU {} may still write to {}[{:#x}, {:#x}), which is read-only", id,
                   object_name(mm), start, end),
       where);
}

void oracle_latency(unsigned pages, unsigned bound, sync::site where) {
  if (pages > bound)
    fail("latency", {"mmu_gather", sync::function_name(where)},
         fmt::format("{} pages are freed at one go; the bound is {}", pages, bound), where);
}

void oracle_clean_page(const page* p, const sync::coherent<std::uint64_t>* disk, sync::site where) {
  if (p->content.peek() == disk->peek()) return;
  fail("lost-write", {"page.content", sync::function_name(where)},
       fmt::format("{} is clean and holds {}; on disk is {}", object_name(p), p->content.peek(),
                   disk->peek()),
       where);
}

void oracle_anon_vma_used(const page* p, const anon_vma* av, sync::site where) {
  // On real threads the page may be moving while this looks.
  if (hooks::g_mode != hooks::mode::steered) return;
  const std::uint64_t mapping = p->mapping.peek();
  if (p->mapcount.peek() < 0 || !mapping_is_anon(mapping)) return;
  const anon_vma* current = mapping_anon_vma(mapping);
  // A reuse may have moved the page to another anon_vma of the same tree.
  const bool right = slab_is_live(av) && slab_is_live(current) &&
                     slab_generation(current) == p->mapping_generation.get() &&
                     av->root.peek() == current->root.peek();
  if (!right)
    fail("invariant", {"page.mapping", "anon_vma", sync::function_name(where)},
         fmt::format("{} is mapped and its anon_vma is not the one it was mapped with",
                     object_name(p)),
         where);
}

void oracle_anon_vma_freed(const anon_vma* av, sync::site where) {
  for (unsigned pfn = 0; pfn < kFrames; ++pfn) {
    const page* p = pfn_to_page(pfn);
    const std::uint64_t mapping = p->mapping.peek();  // 0 if the page was never used
    if (!mapping_is_anon(mapping) || p->mapcount.peek() < 0 || mapping_anon_vma(mapping) != av)
      continue;
    if (slab_generation(av) == p->mapping_generation.get())
      fail("invariant", {"page.mapping", "anon_vma_free"},
           fmt::format("{} is freed while {} is mapped and points to it", object_name(av),
                       object_name(p)),
           where);
  }
}

void oracle_root_alive(const anon_vma* root, sync::site where) {
  if (slab_is_live(root)) return;
  fail("use-after-free", {"anon_vma.rwsem", sync::function_name(where)},
       fmt::format("the lock of {} is probed, and that root is free", object_name(root)), where);
}

void oracle_unmapped(const page* p, sync::site where) {
  for_each_pte([&](const mm_struct* mm, unsigned address, pte_t pte) {
    if (maps(pte, p))
      fail("rmap-incomplete", {"pte", sync::function_name(where)},
           fmt::format("{}[{:#x}] still maps {} after a walk that unmaps all", object_name(mm),
                       address, object_name(p)),
           where);
  });
}

void oracle_no_migration_entry(const page* p, sync::site where) {
  for_each_pte([&](const mm_struct* mm, unsigned address, pte_t pte) {
    if (pte_is_migration(pte) && pte_page(pte) == p)
      fail("rmap-incomplete", {"migration_entry", sync::function_name(where)},
           fmt::format("{}[{:#x}] still waits for {}, whose migration is over", object_name(mm),
                       address, object_name(p)),
           where);
  });
}

void oracle_quiescent(sync::site where) {
  for (unsigned pfn = 0; pfn < kFrames; ++pfn)
    if (!page_is_free(pfn_to_page(pfn))) {
      check_page(pfn_to_page(pfn), where);
      check_disk(pfn_to_page(pfn), where);
    }
  check_rmap(where);
  check_swap(where);
  for (const subscriber_driver* driver : subscriber_drivers()) driver->check_balance();
}

void oracle_empty(sync::site where) {
  if (pages_free() != kFrames)
    fail("leak", {"page"}, fmt::format("{} pages are left", kFrames - pages_free()), where);
  check_swap(where);
  slab_check_leaks(where);
}

}  // namespace rw::mm

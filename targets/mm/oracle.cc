#include "targets/mm/oracle.h"

#include <fmt/format.h>

#include "targets/mm/anon_vma.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/file.h"
#include "targets/mm/oracle_ptes.h"
#include "targets/mm/subscriber.h"
#include "targets/mm/tlb.h"
#include "targets/mm/vma.h"
#include "targets/mm/world.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

namespace {

// Every mm_struct that is not freed, in its slot of `id`.
sync::ghost<mm_struct*> g_mms[kMaxMms];

}  // namespace

mm_struct* oracle_mm(unsigned id) {
  return g_mms[id].get();
}

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
      sync::fail("leak", {"mm_struct.pgd", "mmdrop"},
                 fmt::format("{} is freed with a pte at {:#x}", object_name(mm), address), where);
  });
  g_mms[mm->id.get()].set(nullptr);
}

void oracle_page_freed(const page* p, sync::site where) {
  for_each_pte([&](const mm_struct* mm, unsigned address, pte_t pte) {
    if (maps(pte, p))
      sync::fail("invariant", {"page.mapcount", "pte", "free_page"},
                 fmt::format("{} is freed while {}[{:#x}] maps it", object_name(p), object_name(mm),
                             address),
                 where);
  });
  for (const subscriber_driver* driver : subscriber_drivers())
    if (const subscriber* device = driver->who_maps(p))
      sync::fail("stale-secondary", {driver->name, "free_page"},
                 fmt::format("{} is freed while {} maps it", object_name(p), object_name(device)),
                 where);
  if (const int id = tlb_who_maps(p); id >= 0)
    sync::fail("stale-tlb", {"free_page"},
               fmt::format("{} is freed while CPU {} has a translation to it", object_name(p), id),
               where);
}

void oracle_write_is_private(const vm_area_struct* vma, const page* p, sync::site where) {
  const std::uint64_t mapping = p->mapping.peek();
  if (vma->vm_shared.peek() != 0 || mapping == 0 || mapping_is_anon(mapping)) return;
  sync::fail(
      "invariant", {"page.mapping", "private", sync::function_name(where)},
      fmt::format("a write to a private mapping goes to {}, which is the file's", object_name(p)),
      where);
}

void oracle_written(const page* p, sync::site where) {
  if (!is_zero_page(p)) return;
  sync::fail("invariant", {"page.content", "zero_page", sync::function_name(where)},
             fmt::format("a write goes to {}, a zero page, which everybody reads", object_name(p)),
             where);
}

void oracle_copy_is_current(const page* old, const page* copy, sync::site where) {
  // A page of a file may be written by whoever shares it. Parts of a huge page have no mapping.
  if (!mapping_is_anon(old->mapping.peek()) || old->content.peek() == copy->content.peek()) return;
  sync::fail("wrong-data", {"page.content", "copy", sync::function_name(where)},
             fmt::format("{} replaces {}, which was written since it was copied: {} is lost",
                         object_name(copy), object_name(old), old->content.peek()),
             where);
}

void oracle_whole_huge_page(const mm_struct* mm, unsigned start, unsigned end, sync::site where) {
  if (end - start == HPAGE_PMD_NR) return;
  sync::fail("invariant", {"pmd", "half", sync::function_name(where)},
             fmt::format("a huge page lies across the end of {}[{:#x}, {:#x})", object_name(mm),
                         start, end),
             where);
}

void oracle_not_isolated(const page* p, sync::site where) {
  if (p->isolated.get() == 0) return;
  sync::fail(
      "invariant", {"page.refcount", "collapse", sync::function_name(where)},
      fmt::format("{} is pinned while a collapse copies it: what is written through the pin is "
                  "lost",
                  object_name(p)),
      where);
}

void oracle_table_freed(const pte_table* table, sync::site where) {
  for_each_pmd_of(table, [&](const mm_struct* mm, unsigned address) {
    sync::fail("invariant", {"pte_table", "pmd", "pte_free"},
               fmt::format("{} is freed and is the table of {}[{:#x}]", object_name(table),
                           object_name(mm), address),
               where);
  });
  for (const auto& pte : table->pte)
    if (!pte_none(pte.peek()))
      sync::fail("invariant", {"pte_table", "pte_free"},
                 fmt::format("{} is freed with a pte in it", object_name(table)), where);
}

void oracle_table_shared(const vm_area_struct* vma, const pte_table* table, sync::site where) {
  if ((vma->vm_flags.peek() & VM_WRITE) != 0) return;
  for (const auto& pte : table->pte)
    if (pte_write(pte.peek()))
      sync::fail("invariant", {"pte_table", "vma.vm_flags", sync::function_name(where)},
                 fmt::format("{}, which may not be written, gets {} with a writable pte",
                             object_name(vma), object_name(table)),
                 where);
}

void oracle_not_foreign(const mm_struct* mm, const pte_table* table, const page* p,
                        sync::site where) {
  const mm_struct* other = nullptr;
  bool own = false;
  for_each_pmd_of(table, [&](const mm_struct* owner, unsigned) {
    own |= owner == mm;
    other = owner;
  });
  const std::uint64_t mapping = p->mapping.peek();
  if (own || other == nullptr || mapping == 0) return;
  if (!mapping_is_anon(mapping) && reinterpret_cast<const file*>(mapping)->hugetlb.peek() != 0)
    return;
  sync::fail("invariant", {"pte_table", "foreign", sync::function_name(where)},
             fmt::format("{} of {} is returned for an address of {}, which shared {} before",
                         object_name(p), object_name(other), object_name(mm), object_name(table)),
             where);
}

void oracle_flushed(const mm_struct* mm, unsigned start, unsigned end, const tlb_moment& since,
                    sync::site where) {
  const int id = tlb_who_is_stale(mm, start, end, since, false);
  if (id < 0) return;
  sync::fail(
      "stale-tlb", {"tlb", sync::function_name(where)},
      fmt::format("CPU {} may still use a translation of {}[{:#x}, {:#x}) from before it was "
                  "unmapped",
                  id, object_name(mm), start, end),
      where);
}

void oracle_no_writer(const mm_struct* mm, unsigned start, unsigned end, const tlb_moment& since,
                      sync::site where) {
  const auto what = [&] {
    return fmt::format("may still write to {}[{:#x}, {:#x}), which is read-only", object_name(mm),
                       start, end);
  };
  const int id = tlb_who_is_stale(mm, start, end, since, true);
  if (id >= 0)
    sync::fail("stale-tlb", {"tlb", sync::function_name(where)},
               fmt::format("CPU {} {}", id, what()), where);
  for (const subscriber_driver* driver : subscriber_drivers())
    if (const subscriber* device = driver->who_writes(mm, start, end))
      sync::fail("stale-secondary", {"writes", sync::function_name(where)},
                 fmt::format("{} {}", object_name(device), what()), where);
}

void oracle_latency(unsigned pages, unsigned bound, sync::site where) {
  if (pages > bound)
    sync::fail("latency", {"mmu_gather", sync::function_name(where)},
               fmt::format("{} pages are freed at one go; the bound is {}", pages, bound), where);
}

void oracle_unpreemptible(unsigned bound, sync::site where) {
  const unsigned work = atomic_work(1);
  if (work <= bound) return;
  const std::string since = atomic_since();
  sync::fail(
      "latency", {"unpreemptible", since},
      fmt::format("{} pages are unmapped or freed and preemption is off since {}; the bound is {}",
                  work, since, bound),
      where);
}

void oracle_clean_page(const page* p, const sync::coherent<std::uint64_t>* disk, sync::site where) {
  if (p->content.peek() == disk->peek()) return;
  sync::fail("lost-write", {"page.content", sync::function_name(where)},
             fmt::format("{} is clean and holds {}; on disk is {}", object_name(p),
                         p->content.peek(), disk->peek()),
             where);
}

void oracle_anon_vma_used(const page* p, const anon_vma* av, sync::site where) {
  // On real threads the page may be moving while this looks.
  if (hooks::g_mode != hooks::mode::steered) return;
  const std::uint64_t mapping = p->mapping.peek();
  if (!page_mapped_peek(p) || !mapping_is_anon(mapping)) return;
  if (mapping_is_ksm(mapping)) {  // since the lookup
    oracle_root_alive(av, where);
    return;
  }
  const anon_vma* current = mapping_anon_vma(mapping);
  // A reuse may have moved the page to another anon_vma of the same tree.
  const bool right = slab_is_live(av) && slab_is_live(current) &&
                     slab_generation(current) == p->mapping_generation.get() &&
                     av->root.peek() == current->root.peek();
  if (!right)
    sync::fail("invariant", {"page.mapping", "anon_vma", sync::function_name(where)},
               fmt::format("{} is mapped and its anon_vma is not the one it was mapped with",
                           object_name(p)),
               where);
}

void oracle_anon_vma_freed(const anon_vma* av, sync::site where) {
  for (unsigned pfn = 0; pfn < kFrames; ++pfn) {
    const page* p = pfn_to_page(pfn);
    const std::uint64_t mapping = p->mapping.peek();  // 0 if the page was never used
    if (!mapping_is_anon(mapping) || mapping_is_ksm(mapping) || !page_mapped_peek(p) ||
        mapping_anon_vma(mapping) != av)
      continue;
    if (slab_generation(av) == p->mapping_generation.get())
      sync::fail("invariant", {"page.mapping", "anon_vma_free"},
                 fmt::format("{} is freed while {} is mapped and points to it", object_name(av),
                             object_name(p)),
                 where);
  }
}

void oracle_root_alive(const anon_vma* root, sync::site where) {
  if (slab_is_live(root)) return;
  sync::fail("use-after-free", {"anon_vma.rwsem", sync::function_name(where)},
             fmt::format("the lock of {} is probed, and that root is free", object_name(root)),
             where);
}

void oracle_unmapped(const page* p, sync::site where) {
  for_each_pte([&](const mm_struct* mm, unsigned address, pte_t pte) {
    if (maps(pte, p))
      sync::fail("rmap-incomplete", {"pte", sync::function_name(where)},
                 fmt::format("{}[{:#x}] still maps {} after a walk that unmaps all",
                             object_name(mm), address, object_name(p)),
                 where);
  });
}

void oracle_no_migration_entry(const page* p, sync::site where) {
  for_each_pte([&](const mm_struct* mm, unsigned address, pte_t pte) {
    if (pte_is_migration(pte) && pte_page(pte) == p)
      sync::fail("rmap-incomplete", {"migration_entry", sync::function_name(where)},
                 fmt::format("{}[{:#x}] still waits for {}, whose migration is over",
                             object_name(mm), address, object_name(p)),
                 where);
  });
}

}  // namespace rw::mm

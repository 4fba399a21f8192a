// What must hold when nothing runs: counts, rmap, the disk, swap; and that nothing is left.
#include <fmt/format.h>

#include "targets/mm/anon_vma.h"
#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/ksm.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/oracle.h"
#include "targets/mm/oracle_ptes.h"
#include "targets/mm/subscriber.h"
#include "targets/mm/swap.h"
#include "targets/mm/vma.h"
#include "targets/mm/world.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

unsigned device_references(const page* p) {
  unsigned users = 0;
  for (const subscriber_driver* driver : subscriber_drivers())
    if (driver->references != nullptr) users += driver->references(p);
  return users;
}

namespace {

bool covers(const vm_area_struct* vma, const mm_struct* mm, std::uint32_t index, unsigned address) {
  return vma->vm_mm.peek() == mm && address >= vma->vm_start.peek() &&
         address < vma->vm_end.peek() &&
         index == address - vma->vm_start.peek() + vma->vm_pgoff.peek();
}

bool is_tail(const page* p) {
  return page_of_huge_frames(p) && (p->flags.peek() >> PG_tail & 1U) != 0;
}

// Whether a walk from the page would come to this pte.
bool walk_finds(const page* p, const mm_struct* mm, unsigned address) {
  // A tail is found by what its head says.
  const page* whole = is_tail(p) ? compound_head(p) : p;
  const std::uint64_t mapping = whole->mapping.peek();
  if (mapping_is_ksm(mapping)) return ksm_finds(p, mm, address);
  const auto index = whole->index.peek() + static_cast<std::uint32_t>(p - whole);
  if (mapping_is_anon(mapping)) {
    const anon_vma* av = mapping_anon_vma(mapping);
    if (av == nullptr || !kernel::slab_is_live(av)) return false;  // a wrong design lost it
    const list_head* head = &av->head;
    for (list_head* node = head->next.peek(); node != head; node = node->next.peek())
      if (covers(RW_ENTRY(node, anon_vma_chain, same_anon_vma)->vma.peek(), mm, index, address))
        return true;
    return false;
  }
  if (mapping == 0) return false;
  const list_head* head = &reinterpret_cast<file*>(mapping)->i_mmap;
  for (list_head* node = head->next.peek(); node != head; node = node->next.peek())
    if (covers(RW_ENTRY(node, vm_area_struct, i_mmap), mm, index, address)) return true;
  return false;
}

// Its mapcount counts the pins on it; its ptes are the head's pmds.
void check_tail(const page* p, sync::site where) {
  const int pins =
      design().tail_pin == tail_pin::on_both ? p->refcount.peek() : p->mapcount.peek() + 1;
  if (pins != static_cast<int>(device_references(p)))
    sync::fail(pins > static_cast<int>(device_references(p)) ? "leak" : "refcount",
               {"page.tail_pin"},
               fmt::format("{} counts {} pins and {} are known", object_name(p), pins,
                           device_references(p)),
               where);
}

void check_page(const page* p, sync::site where) {
  if (check_frozen_compound(p, where)) return;
  if (is_tail(p)) return check_tail(p, where);
  const unsigned ptes = ptes_of(p);
  if (p->mapcount.peek() + 1 != static_cast<int>(ptes))
    sync::fail("refcount", {"page.mapcount"},
               fmt::format("{} counts {} ptes and {} map it", object_name(p),
                           p->mapcount.peek() + 1, ptes),
               where);
  const bool cached = p->mapping.peek() != 0 && !mapping_is_anon(p->mapping.peek());
  int users = static_cast<int>(ptes) + (cached ? 1 : 0);
  const page* end = p + 1;
  while (page_to_pfn(end) < kFrames && is_tail(end) && compound_head(end) == p) ++end;
  for (const page* one = p; one < end; ++one) users += static_cast<int>(device_references(one));
  if (p->refcount.peek() != users)
    sync::fail(p->refcount.peek() > users ? "leak" : "refcount", {"page.refcount"},
               fmt::format("{} counts {} references and {} are known", object_name(p),
                           p->refcount.peek(), users),
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
    page* p = pte_present(pte) ? vm_normal_page(pte) : nullptr;
    if (p != nullptr && mapping_is_ksm(p->mapping.peek()) && pte_write(pte))
      sync::fail("invariant", {"pte", "ksm"},
                 fmt::format("{}[{:#x}] may write {}, which is KSM's", object_name(mm), address,
                             object_name(p)),
                 where);
    if (p == nullptr || walk_finds(p, mm, address)) return;
    sync::fail("rmap-incomplete", {"pte", "quiescent"},
               fmt::format("{}[{:#x}] maps {} and rmap does not find it", object_name(mm), address,
                           object_name(pte_page(pte))),
               where);
  });
}

// A shared table counts the pmds that have it, but for one.
void check_shared_tables(sync::site where) {
  for_each_pte([&](const mm_struct* mm, unsigned address, pte_t) {
    const pmd_t pmd = mm->pgd.pmd[address / kPtrsPerTable].peek();
    if (!pmd_hugetlb(pmd)) return;
    int pmds = 0;
    for_each_pmd_of(pmd_pgtable(pmd), [&](const mm_struct*, unsigned) { ++pmds; });
    const int counted = pmd_pgtable(pmd)->pt_share_count.peek() + 1;
    if (counted != pmds)
      sync::fail(counted > pmds ? "leak" : "refcount", {"pte_table.pt_share_count"},
                 fmt::format("{} counts {} pmds and {} have it", object_name(pmd_pgtable(pmd)),
                             counted, pmds),
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
      sync::fail("leak", {"swap_slot.count"},
                 fmt::format("swap slot {} counts {} ptes and {} name it", slot,
                             swap_count_peek(slot), ptes),
                 where);
  }
}

}  // namespace

void oracle_quiescent(sync::site where) {
  for (unsigned pfn = 0; pfn < kFrames; ++pfn)
    if (!page_is_free(pfn_to_page(pfn))) {
      check_page(pfn_to_page(pfn), where);
      check_disk(pfn_to_page(pfn), where);
    }
  oracle_zero_pages(where);
  check_rmap(where);
  check_shared_tables(where);
  check_swap(where);
  for (const subscriber_driver* driver : subscriber_drivers()) driver->check_balance();
}

void oracle_empty(sync::site where) {
  if (pages_free() != kFrames)
    sync::fail("leak", {"page"}, fmt::format("{} pages are left", kFrames - pages_free()), where);
  check_swap(where);
  slab_check_leaks(where);
}

}  // namespace rw::mm

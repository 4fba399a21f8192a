// What a huge page must count when nothing runs, with splits by frozen refcounts: its pmds, the
// ptes of each part, and who has a reference on any of it.
#include <fmt/format.h>

#include "targets/mm/compound.h"
#include "targets/mm/oracle_ptes.h"

namespace rw::mm {

namespace {

bool by_pmd(const mm_struct* mm, unsigned address) {
  return pmd_trans_huge(mm->pgd.pmd[address / kPtrsPerTable].peek());
}

// How many ptes, in tables or such as huge pmds stand for, map `part`.
int mappings_of(const page* part, bool pmds) {
  int count = 0;
  for_each_pte([&](const mm_struct* mm, unsigned address, pte_t pte) {
    count += maps(pte, part) && by_pmd(mm, address) == pmds ? 1 : 0;
  });
  return count;
}

void check_count(const page* p, const char* field, int counted, int known, sync::site where) {
  if (counted == known) return;
  const bool leak = counted > known && field == std::string_view("page.refcount");
  sync::fail(
      leak ? "leak" : "refcount", {field},
      fmt::format("{} counts {} in {} and {} are known", object_name(p), counted, field, known),
      where);
}

}  // namespace

bool check_frozen_compound(const page* p, sync::site where) {
  if (!splits_by_freeze() || !page_of_huge_frames(p)) return false;
  if ((p->flags.peek() >> PG_tail & 1U) != 0) return true;
  if ((p->flags.peek() >> PG_head & 1U) == 0) return false;
  const int pmds = mappings_of(p, true);
  int users = pmds;
  for (const page* part = p; part < p + HPAGE_PMD_NR; ++part) {
    const int ptes = mappings_of(part, false);
    check_count(part, "page.mapcount", part->mapcount.peek() + 1, ptes, where);
    users += ptes + static_cast<int>(device_references(part));
  }
  check_count(p, "page.compound_mapcount", p->compound_mapcount.peek() + 1, pmds, where);
  check_count(p, "page.refcount", p->refcount.peek(), users, where);
  return true;
}

}  // namespace rw::mm

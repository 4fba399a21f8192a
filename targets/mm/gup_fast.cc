#include "targets/mm/gup_fast.h"

#include "targets/mm/compound.h"
#include "targets/mm/design.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/tlb.h"
#include "targets/mm/world.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {
namespace {

// Nothing waits for this walk: who clears the pmd to be alone with the page looks at the refcount
// afterwards.
bool gup_huge_pmd_of_frozen(mm_struct* mm, unsigned address, bool write, pmd_t pmd, page** got) {
  const pte_t pte = pmd_pte(pmd, address);
  if (!pte_access_permitted(pte, write)) return false;
  page* p = pte_page(pte);
  page* head = page_of_huge_frames(p) ? compound_head(p) : p;  // the latter: the huge zero page
  if (!get_page_unless_zero(head)) return false;
  *got = head;
  if (pmd_get(mm, address) != pmd) return false;
  *got = p;
  reached(reach_counter::gup_fast_huge);
  return true;
}

// A split waits for this CPU behind the splitting bit, so the page is still huge.
bool gup_huge_pmd(unsigned address, bool write, pmd_t pmd, page** got) {
  const pte_t pte = pmd_pte(pmd, address);
  if (pmd_trans_splitting(pmd) || !pte_access_permitted(pte, write)) return false;
  // With RCU instead of interrupts off nothing waits for this walk.
  if (design().table_free == table_free::rcu) return false;
  *got = pte_page(pte);
  get_page_foll(*got);
  reached(reach_counter::gup_fast_huge);
  return true;
}

// 4.5: a reference on the head, unless the page is free or frozen. What it was taken for is looked
// at again by the caller. Null: none.
page* try_get_compound_head(page* p) {
  page* head = PageTail(p) ? compound_head(p) : p;
  return get_page_unless_zero(head) ? head : nullptr;
}

// *got: a page with a reference, or null. Returns whether the pte is still the one it came from.
bool gup_pte(mm_struct* mm, unsigned address, bool write, page** got) {
  const pmd_t pmd = pmd_get(mm, address);
  if (pmd_trans_huge(pmd))
    return splits_by_freeze() ? gup_huge_pmd_of_frozen(mm, address, write, pmd, got)
                              : gup_huge_pmd(address, write, pmd, got);
  const ptep_t ptep = pte_in(pmd, address);
  const pte_t pte = ptep.table != nullptr ? ptep_get(ptep) : 0;
  // The zero page is for the slow way (kernel: pte_special).
  if (!pte_access_permitted(pte, write) || vm_normal_page(pte) == nullptr) return false;
  page* p = pte_page(pte);
  if (splits_by_freeze())
    *got = try_get_compound_head(p);
  else if (get_page_unless_zero(p))
    *got = p;
  if (*got == nullptr) return false;
  if (!pte_same(ptep_get(ptep), pte)) return false;
  // A collapse takes the whole table away, with the ptes in it (70cbc3cc78a9). No kernel looks at a
  // pud again.
  const bool looks = design().gup_recheck != gup_recheck::pte_only && !pmd_hugetlb(pmd);
  if (looks && pmd_get(mm, address) != pmd) return false;
  // It may have split, and be mapped here again, before its head had the reference (c24d37322548).
  if (*got != p && design().gup_recheck != gup_recheck::no_head && !PageTail(p)) return false;
  *got = p;
  oracle_not_isolated(p);
  if (pmd_hugetlb(pmd)) oracle_not_foreign(mm, ptep.table, p);
  return true;
}

// Returns f(), during which page tables stay.
template <typename F>
auto walk_without_locks(mm_struct* mm, F f, sync::site where = sync::site::current()) {
  if (design().table_free == table_free::rcu) {
    rcu_read_lock(where);
    const auto result = f();
    rcu_read_unlock(where);
    return result;
  }
  cpu* c = &w().cpus[sync::current_task()];
  spin_lock(&c->hardware, where);
  switch_mm(c, mm, where);
  const auto result = f();
  spin_unlock(&c->hardware, where);
  return result;
}

pte_t lookup_pte(mm_struct* mm, unsigned address) {
  const pmd_t pmd = pmd_get(mm, address);
  if (pmd_trans_huge(pmd)) return pmd_pte(pmd, address);
  const ptep_t ptep = pte_in(pmd, address);
  return ptep.table != nullptr ? ptep_get(ptep) : 0;
}

}  // namespace

pte_t lookup_pte_fast(mm_struct* mm, unsigned address, bool write) {
  const pte_t pte = walk_without_locks(mm, [&] { return lookup_pte(mm, address); });
  return pte_access_permitted(pte, write) && (!write || pte_dirty(pte)) ? pte : 0;
}

page* get_user_page_fast(mm_struct* mm, unsigned address, bool write) {
  page* got = nullptr;
  const bool same = walk_without_locks(mm, [&] { return gup_pte(mm, address, write, &got); });
  if (got == nullptr) return nullptr;
  reached(same ? reach_counter::gup_fast : reach_counter::gup_fast_raced);
  if (same) return got;
  put_page(got);
  return nullptr;
}

bool with_page_tables(mm_struct* mm, bool (*f)(void*), void* argument) {
  return walk_without_locks(mm, [&] { return f(argument); });
}

}  // namespace rw::mm

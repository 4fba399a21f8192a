// What a trace's reader sees of packed values (page_table.h, page.h).
#include "targets/mm/page.h"
#include "targets/mm/page_table.h"

namespace rw::mm {

namespace {

struct named_bit {
  unsigned bit;
  const char* name;
};

std::string set_bits(std::uint64_t value, std::initializer_list<named_bit> bits,
                     const char* between) {
  std::string all;
  for (const named_bit& b : bits) {
    if ((value >> b.bit & 1U) == 0) continue;
    if (!all.empty()) all += between;
    all += b.name;
  }
  return all;
}

// Of an object, not of its first field.
std::string object_name(const void* object) {
  const std::string name = sync::name_of(object);
  return name.substr(0, name.find('.'));
}

std::string behind_bar(const std::string& bits) {
  return bits.empty() ? "" : "|" + bits;
}

std::string mapped_page(pte_t pte) {
  const unsigned pfn = pte_value(pte);
  const std::string page =
      pfn < kAllFrames ? object_name(pfn_to_page(pfn)) : "frame " + std::to_string(pfn);
  const std::string bits = set_bits(pte,
                                    {{kPteWriteBit, "w"},
                                     {kPteYoungBit, "y"},
                                     {kPteDirtyBit, "d"},
                                     {kPmdSplittingBit, "s"},
                                     {kPmdNumaBit, "n"}},
                                    "");
  return page + behind_bar(bits);
}

}  // namespace

std::string pte_in_words(std::uint64_t value) {
  const auto pte = static_cast<pte_t>(value);
  if (pte_none(pte)) return "none";
  if (pte_is_swap(pte)) return "swap " + std::to_string(pte_value(pte));
  return (pte_is_migration(pte) ? "migration " : "") + mapped_page(pte);
}

std::string pmd_in_words(std::uint64_t pmd) {
  if (pmd_none(pmd)) return "none";
  if (pmd_trans_huge(pmd)) {
    const auto pte = static_cast<pte_t>(pmd);
    if (pte_is_migration(pte)) return "huge migration " + mapped_page(pte);
    const bool invalid = !pte_present(pte) && !pmd_numa(pmd);
    return (invalid ? "invalid huge " : "huge ") + mapped_page(pte);
  }
  return object_name(pmd_pgtable(pmd)) + (pmd_hugetlb(pmd) ? "|hugetlb" : "");
}

std::string page_flags_in_words(std::uint64_t flags) {
  const std::string names = set_bits(
      flags, {{PG_head, "head"}, {PG_tail, "tail"}, {PG_dirty, "dirty"}, {PG_maplock, "maplock"}},
      "|");
  return names.empty() ? "0" : names;
}

}  // namespace rw::mm

// The rw::Target "mm": its tables, made from the .def files, and how an execution begins and ends.
#include <array>

#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/file.h"
#include "targets/mm/ops.h"
#include "targets/mm/oracle.h"
#include "targets/mm/reach.h"
#include "targets/mm/target.h"
#include "targets/mm/world.h"

namespace rw::mm {

namespace {

// ---- operands: few values, so that tasks meet ---------------------------------------------------

// mm0 is there from the start, and free for a child once it has ended.
constexpr const char* kChildWords[] = {"mm1", "mm2", "mm0"};
constexpr const char* kLengthWords[] = {"1", "2", "4"};
constexpr const char* kBackingWords[] = {"anon", "f0", "f1", "huge", "f0_private", "huge_readonly"};
constexpr const char* kAccessWords[] = {"read", "write"};
constexpr const char* kDriverWords[] = {"kvm", "xpmem", "gru"};
constexpr const char* kNthWords[] = {"1", "2", "3"};

constexpr OperandKind kMmKind{"mm", kMms, "mm", {}};
constexpr OperandKind kChildKind{"child", kMms, "", kChildWords};
constexpr OperandKind kPageKind{"page", 6, "0x", {}};
constexpr OperandKind kLengthKind{"length", 3, "", kLengthWords};
constexpr OperandKind kBackingKind{"backing", 6, "", kBackingWords};
constexpr OperandKind kAccessKind{"access", 2, "", kAccessWords};
constexpr OperandKind kFilePageKind{"page of a file", kFilePages, "0x", {}};
constexpr OperandKind kFileKind{"file", kFiles, "f", {}};
constexpr OperandKind kLruKind{"lru", 3, "lru", {}};
constexpr OperandKind kHandleKind{"handle", kHandles, "h", {}};
constexpr OperandKind kDeviceKind{"device", kDevices, "d", {}};
constexpr OperandKind kDriverKind{"driver", 3, "", kDriverWords};
constexpr OperandKind kNthKind{"nth", 3, "", kNthWords};
static_assert(6 + 4 - 1 <= kNamedPages);

#define MM {"mm", &kMmKind}
#define CHILD {"child", &kChildKind}
#define PAGE {"page", &kPageKind}
#define FILE_PAGE {"page of the file", &kFilePageKind}
#define LENGTH {"pages", &kLengthKind}
#define BACKING {"backing", &kBackingKind}
#define ACCESS {"access", &kAccessKind}
#define INODE {"file", &kFileKind}
#define LRU {"place on the LRU list, newest first", &kLruKind}
#define HANDLE {"handle", &kHandleKind}
#define DEVICE {"device", &kDeviceKind}
#define DRIVER {"driver", &kDriverKind}
#define NTH {"which one", &kNthKind}

// One empty Operand behind the listed ones keeps the array legal for an op without any.
#define RW_OP(name, first_is_result, what, ...) \
  constexpr Operand kOperands_##name[] = {__VA_ARGS__ __VA_OPT__(, ){}};
#include "targets/mm/ops.def"
#undef RW_OP

constexpr OpInfo kOps[] = {
#define RW_OP(name, first_is_result, what, ...)                                                \
  {#name, std::span(kOperands_##name).first(std::size(kOperands_##name) - 1), first_is_result, \
   what},
#include "targets/mm/ops.def"
#undef RW_OP
};

constexpr const char* (*kOpFunctions[])(const std::uint8_t*) = {
#define RW_OP(name, ...) op_##name,
#include "targets/mm/ops.def"
#undef RW_OP
};

// ---- the design ---------------------------------------------------------------------------------

#define RW_AXIS(name, varied, what) constexpr AxisValue kValues_##name[] = {
#define RW_VALUE(name, what) {#name, what},
#define RW_AXIS_END \
  }                 \
  ;
#include "targets/mm/design.def"

constexpr Axis kAxes[] = {
#define RW_AXIS(name, varied, what) {#name, kValues_##name, varied, what},
#define RW_VALUE(name, what)
#define RW_AXIS_END
#include "targets/mm/design.def"
};

#define RW_BIT(axis, value) 1U << static_cast<unsigned>(axis::value)
#define RW_WHEN(axis, value) {axis_##axis, RW_BIT(axis, value)}
#define RW_WHEN2(axis, value, other) {axis_##axis, RW_BIT(axis, value) | RW_BIT(axis, other)}
#define RW_WHEN3(axis, value, other, third) \
  {axis_##axis, RW_BIT(axis, value) | RW_BIT(axis, other) | RW_BIT(axis, third)}
#define RW_WHEN4(axis, value, other, third, fourth) \
  {axis_##axis,                                     \
   RW_BIT(axis, value) | RW_BIT(axis, other) | RW_BIT(axis, third) | RW_BIT(axis, fourth)}
#define RW_WHEN_PAIRS RW_WHEN3(inval_site, range_pair, page_after_ptl, page_in_ptl)
#define RW_WHEN_TAKES_ALL_LOCKS                                                       \
  {axis_register_lock,                                                                \
   RW_BIT(register_lock, all_locks) | RW_BIT(register_lock, all_but_anon_vma) |       \
       RW_BIT(register_lock, all_but_i_mmap) | RW_BIT(register_lock, mmap_sem_read) | \
       RW_BIT(register_lock, sorted) | RW_BIT(register_lock, sorted_array)}
#define RW_WHEN_REGISTER_LACKS_LOCKS                                                      \
  {axis_register_lock,                                                                    \
   RW_BIT(register_lock, big_reader) | RW_BIT(register_lock, grace_period) |              \
       RW_BIT(register_lock, grace_period_first) | RW_BIT(register_lock, global_narrow) | \
       RW_BIT(register_lock, none) | RW_BIT(register_lock, all_but_anon_vma) |            \
       RW_BIT(register_lock, all_but_i_mmap) | RW_BIT(register_lock, mmap_sem_read)}
#define RW_AND ,
#define RW_NOTHING
#define RW_KINDS(...) __VA_ARGS__

struct RowVerdict {
  RuleVerdict verdict;
  bool needs_weak;
};
constexpr RowVerdict wrong{RuleVerdict::wrong, false};
constexpr RowVerdict wrong_if_weak{RuleVerdict::wrong, true};
[[maybe_unused]] constexpr RowVerdict impossible{RuleVerdict::impossible, false};

// A rule with room for what its spans point to; unused places are zero.
struct RuleRow {
  const char* name;
  RowVerdict verdict;
  Condition when[3];
  const char* because;
  const char* kinds[6];
  unsigned catalogue;
  const char* source;
  unsigned tasks;
  Condition hunt_with[4];
};

constexpr RuleRow kRuleRows[] = {
#define RW_RULE(name, verdict, conditions, because, kinds, catalogue, source, tasks, hunt_with) \
  {name, verdict, {conditions}, because, {kinds}, catalogue, source, tasks, {hunt_with}},
#include "targets/mm/rules.def"
};

template <std::size_t kRoom>
constexpr std::span<const Condition> used(const Condition (&conditions)[kRoom]) {
  std::size_t n = 0;
  while (n < kRoom && conditions[n].values != 0) ++n;
  return std::span(conditions).first(n);
}
template <std::size_t kRoom>
constexpr std::span<const char* const> used(const char* const (&words)[kRoom]) {
  std::size_t n = 0;
  while (n < kRoom && words[n] != nullptr) ++n;
  return std::span(words).first(n);
}

constexpr Rule to_rule(const RuleRow& row) {
  return {.name = row.name,
          .verdict = row.verdict.verdict,
          .when = used(row.when),
          .because = row.because,
          .detected_by = used(row.kinds),
          .catalogue = row.catalogue,
          .source = row.source,
          .tasks = row.tasks,
          .needs_weak = row.verdict.needs_weak,
          .hunt_with = used(row.hunt_with)};
}

constexpr auto kRules = [] {
  std::array<Rule, std::size(kRuleRows)> rules{};
  for (std::size_t i = 0; i < rules.size(); ++i) rules[i] = to_rule(kRuleRows[i]);
  return rules;
}();

constexpr KindInfo kKinds[] = {
#define RW_KIND(name, what) {name, what},
#include "targets/mm/kinds.def"
#undef RW_KIND
};

constexpr const char* kReachNames[] = {
#define RW_REACH(name, what) #name,
#include "targets/mm/reach.def"
#undef RW_REACH
};

constexpr NamedDesign kDesigns[] = {
#define RW_DESIGN(name, what, source, words) {name, what, source, words},
#include "targets/mm/designs.def"
#undef RW_DESIGN
};

class MmTarget : public Target {
 public:
  const char* name() const override { return "mm"; }
  const char* what() const override {
    return "the mmu-notifier and anon_vma core of Linux 3.8, with KVM-like, XPMEM-like and "
           "GRU-like devices";
  }
  std::span<const OpInfo> ops() const override { return kOps; }
  std::span<const Axis> axes() const override { return kAxes; }
  std::span<const Rule> rules() const override { return kRules; }
  std::span<const KindInfo> kinds() const override { return kKinds; }
  std::span<const NamedDesign> designs() const override { return kDesigns; }
  std::span<const char* const> reach() const override { return kReachNames; }
  std::span<const std::uint64_t> reach_counts() const override {
    for (std::size_t i = 0; i < std::size(kReachNames); ++i) reach_counts_[i] = g_reach[i].get();
    return reach_counts_;
  }
  std::span<const std::uint64_t> asked_counts() const override {
    for (std::size_t i = 0; i < kAxisCount; ++i) asked_counts_[i] = g_asked[i].get();
    return asked_counts_;
  }

  void begin(Design values) override {
    set_design(values);
    kernel::begin_execution({.reuse = design().slab_reuse == slab_reuse::lifo
                                          ? kernel::slab_reuse::lifo
                                          : kernel::slab_reuse::quarantine,
                             .check_lock_order = true});
    world_begin();
    kernel::op_end();
  }

  const char* run(unsigned op, std::span<const std::uint8_t> operands) override {
    const char* why = kOpFunctions[op](operands.data());
    kernel::op_end();
    return why;
  }

  void finish() override {
    kernel::finish();
    oracle_quiescent();
    world_end();
    kernel::op_end();
    kernel::finish();
    oracle_empty();
  }

 private:
  mutable std::array<std::uint64_t, std::size(kReachNames)> reach_counts_{};
  mutable std::array<std::uint64_t, kAxisCount> asked_counts_{};
};

}  // namespace

Target& target() {
  static MmTarget the_target;
  return the_target;
}

}  // namespace rw::mm

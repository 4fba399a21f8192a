// A target for this room's tests: five ops, four axes, rules of each sort, and no real work.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fuzz/program/program.h"
#include "fuzz/target.h"

namespace rw::program {

class FakeTarget : public Target {
 public:
  enum OpIndex : std::uint8_t { mm_new, mmap, attach, touch, sync };
  enum AxisIndex : std::uint8_t { lock, order, cache, reuse };

  const char* name() const override { return "fake"; }
  const char* what() const override { return "for tests"; }
  std::span<const OpInfo> ops() const override { return kOps; }
  std::span<const Axis> axes() const override { return kAxes; }
  std::span<const Rule> rules() const override { return kRules; }
  std::span<const KindInfo> kinds() const override { return {}; }
  std::span<const NamedDesign> designs() const override { return kDesigns; }

  void begin(Design design) override { begun.assign(design.begin(), design.end()); }
  const char* run(unsigned op, std::span<const std::uint8_t> operands) override {
    ++runs;
    last_op = op;
    last_operands = operands.size();
    return op == touch ? "nothing is mapped there" : nullptr;
  }
  void finish() override { ++finishes; }

  std::vector<std::uint8_t> begun;
  unsigned runs = 0;
  unsigned finishes = 0;
  unsigned last_op = 0;
  std::size_t last_operands = 0;

 private:
  static constexpr OperandKind kMm = {"mm", 4, "mm", {}};
  static constexpr OperandKind kPage = {"page", 64, "0x", {}};
  static constexpr OperandKind kSlot = {"slot", 8, "0x", {}};
  static constexpr OperandKind kLength = {"length", 5, "", {}};
  static constexpr OperandKind kDevice = {"device", 2, "d", {}};
  static constexpr const char* kStyleWords[] = {"kvm", "gru", "xpmem"};
  static constexpr OperandKind kStyle = {"style", 3, "", kStyleWords};

  static constexpr Operand kMmNew[] = {{"mm", &kMm}};
  static constexpr Operand kMmap[] = {{"mm", &kMm}, {"first page", &kPage}, {"length", &kLength}};
  static constexpr Operand kAttach[] = {{"device", &kDevice}, {"mm", &kMm}, {"style", &kStyle}};
  static constexpr Operand kTouch[] = {
      {"mm", &kMm}, {"page", &kPage}, {"slot", &kSlot}, {"device", &kDevice}};
  static constexpr OpInfo kOps[] = {
      {"mm_new", kMmNew, true, "a new mm"},
      {"mmap", kMmap, false, "map pages"},
      {"attach", kAttach, true, "a device subscribes"},
      {"touch", kTouch, false, "always skipped"},
      {"sync", {}, false, "no operands"},
  };

  static constexpr AxisValue kLock[] = {{"rwsem", ""}, {"spin", ""}, {"none", ""}};
  static constexpr AxisValue kOrder[] = {{"child_first", ""}, {"root_first", ""}};
  static constexpr AxisValue kCache[] = {{"typesafe", ""}, {"plain", ""}};
  static constexpr AxisValue kReuse[] = {{"lifo", ""}, {"quarantine", ""}};
  static constexpr Axis kAxes[] = {
      {"lock", kLock, false, ""},
      {"order", kOrder, false, ""},
      {"cache", kCache, false, ""},
      {"reuse", kReuse, true, ""},
  };

  static constexpr NamedDesign kDesigns[] = {
      {"1.0", "as it was first", "release 1.0", "lock=spin"},
      {"1.0-quick", "a proposal on top of it", "mail", "1.0 order=root_first reuse=quarantine"},
  };

  static constexpr const char* kFound[] = {"use-after-free"};
  static constexpr Condition kNoLock[] = {{lock, 1U << 2U}};
  static constexpr Condition kRootFirst[] = {{lock, 1U << 0U | 1U << 1U}, {order, 1U << 1U}};
  static constexpr Condition kPlainSpin[] = {{lock, 1U << 1U}, {cache, 1U << 1U}};
  static constexpr Condition kLifo[] = {{reuse, 1U << 0U}};
  static constexpr Rule kRules[] = {
      {"1-no-lock",
       RuleVerdict::wrong,
       kNoLock,
       "Nothing protects the list.",
       kFound,
       1,
       "mail of 2008",
       2,
       false,
       {}},
      {"2-root-first", RuleVerdict::wrong, kRootFirst, "The child still points at the root.",
       kFound, 2, "commit", 3, false, kLifo},
      {"plain-spin",
       RuleVerdict::impossible,
       kPlainSpin,
       "The cache may sleep.",
       {},
       0,
       "",
       0,
       false,
       {}},
  };
};

}  // namespace rw::program

#include "fuzz/verdict/kinds.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "fuzz/verdict/key.h"

namespace rw::verdict {
namespace {

struct KindsOnly : Target {
  static constexpr KindInfo kKinds[] = {{"stale-tlb", "a TLB entry outlives its pte"}};
  const char* name() const override { return "kinds"; }
  const char* what() const override { return ""; }
  std::span<const OpInfo> ops() const override { return {}; }
  std::span<const Axis> axes() const override { return {}; }
  std::span<const Rule> rules() const override { return {}; }
  std::span<const KindInfo> kinds() const override { return kKinds; }
  void begin(Design) override {}
  const char* run(unsigned, std::span<const std::uint8_t>) override { return nullptr; }
  void finish() override {}
};

TEST(Kinds, EachHasItsOwnNameAndAMeaning) {
  std::set<std::string> names;
  for (const KindInfo& kind : engine_kinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_NE(std::string(kind.what), "") << kind.name;
    exec::Failure failure;
    failure.kind = kind.name;
    EXPECT_EQ(kind_of_key(key_of(failure)), kind.name);
  }
  EXPECT_EQ(names.size(), 18U);
}

TEST(Kinds, ATargetAddsItsOwn) {
  KindsOnly target;
  EXPECT_TRUE(is_kind("data-race", nullptr));
  EXPECT_TRUE(is_kind("data-race", &target));
  EXPECT_TRUE(is_kind("stale-tlb", &target));
  EXPECT_FALSE(is_kind("stale-tlb", nullptr));
  EXPECT_FALSE(is_kind("data", &target));
  EXPECT_FALSE(is_kind("", &target));
}

}  // namespace
}  // namespace rw::verdict

#include "fuzz/engine/hunt_together.h"

#include <gtest/gtest.h>

namespace rw::engine {
namespace {

// mm, where the build has it: the puzzles have one axis, of which each is a value.
TogetherOptions hunting(std::initializer_list<const char*> names) {
  TogetherOptions options;
  options.target = find_target("mm");
  for (const char* name : names) {
    const auto rule = program::find_known_wrong(*options.target, name);
    EXPECT_TRUE(rule.ok()) << name;
    options.rules.push_back(rule.value());
  }
  options.executions = 5'000;  // which of them come first differs from build to build
  return options;
}

TEST(HuntTogether, FindsEasyRulesInOneCampaignEachByItsOwnDesign) {
  const TogetherOptions options =
      hunting({"25-oom-reaper-without-notifier", "21-callbacks-under-rcu", "retry-end-unlocked"});
  const Together together = hunt_together(options);
  // The last program may have been one of surw, which runs twice.
  EXPECT_LE(together.executions - options.executions, 1U);
  for (std::size_t i = 0; i < options.rules.size(); ++i)
    EXPECT_TRUE(together.first[i].has_value()) << options.rules[i]->name;
  EXPECT_EQ(hunt_together(options).first, together.first);
}

TEST(HuntTogether, RulesThatWantDifferentValuesOfAnAxisAreRefusedByName) {
  const TogetherOptions options = hunting({"retry-count-only", "retry-seq-only"});
  const auto design = joint_design(*options.target, options.rules);
  ASSERT_FALSE(design.ok());
  const std::string text = design.error().text();
  EXPECT_NE(text.find("retry-count-only"), std::string::npos) << text;
  EXPECT_NE(text.find("retry-seq-only"), std::string::npos) << text;
}

}  // namespace
}  // namespace rw::engine

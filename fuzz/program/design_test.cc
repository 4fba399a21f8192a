#include "fuzz/program/design.h"

#include <gtest/gtest.h>

#include <set>

#include "fuzz/program/fake_target.h"

namespace rw::program {
namespace {

using Kind = Verdict::Kind;

FakeTarget fake;

DesignValues parsed(std::string_view text, Design base = {}) {
  Result<DesignValues> design = parse_design(fake, text, base);
  EXPECT_TRUE(design.ok()) << design.error().text();
  return design.ok() ? design.value() : default_design(fake);
}

std::string error_of(std::string_view text) {
  const Result<DesignValues> design = parse_design(fake, text);
  EXPECT_FALSE(design.ok());
  return design.ok() ? "" : design.error().text();
}

TEST(Design, TheDefaultIsTheFirstValueOfEachAxisAndIsRight) {
  EXPECT_EQ(design_text(fake, default_design(fake)),
            "lock=rwsem order=child_first cache=typesafe reuse=lifo");
  EXPECT_TRUE(verdict(fake, default_design(fake)).right());
}

TEST(Design, TextOfAllAxesComesBack) {
  const DesignValues design = {2, 1, 0, kOpen};
  EXPECT_EQ(design_text(fake, design), "lock=none order=root_first cache=typesafe reuse=*");
  EXPECT_EQ(parsed(design_text(fake, design)), design);
}

TEST(ParseDesign, LaterWordsWin) {
  EXPECT_EQ(parsed("lock=spin lock=none"), (DesignValues{2, 0, 0, 0}));
  EXPECT_EQ(parsed("lock=spin default order=root_first"), (DesignValues{0, 1, 0, 0}));
}

TEST(ParseDesign, AppliesOverridesToTheBase) {
  EXPECT_EQ(parsed("order=root_first", DesignValues{1, 0, 0, kOpen}),
            (DesignValues{1, 1, 0, kOpen}));
  EXPECT_EQ(parsed("", DesignValues{1, 0, 0, 1}), (DesignValues{1, 0, 0, 1}));
}

TEST(ParseDesign, TakesTheNameOrNumberOfAKnownWrongRule) {
  EXPECT_EQ(parsed("2-root-first"), (DesignValues{0, 1, 0, 0}));
  EXPECT_EQ(parsed("2 reuse=quarantine"), (DesignValues{0, 1, 0, 1}));
}

TEST(ParseDesign, ANamedDesignIsTheDefaultWithItsOwnValues) {
  EXPECT_EQ(parsed("1.0"), (DesignValues{1, 0, 0, 0}));
  EXPECT_EQ(parsed("order=root_first 1.0"), (DesignValues{1, 0, 0, 0}));
  EXPECT_EQ(parsed("1.0 order=root_first"), (DesignValues{1, 1, 0, 0}));
  EXPECT_EQ(parsed("1.0", open_design(fake)), (DesignValues{1, 0, 0, kOpen}));
}

TEST(ParseDesign, ANamedDesignMayBuildOnAnother) {
  EXPECT_EQ(parsed("1.0-quick"), (DesignValues{1, 1, 0, 1}));
}

TEST(NamedDesign, TextOfItListsEveryAxisAndNotTheName) {
  EXPECT_EQ(design_text(fake, parsed("1.0")),
            "lock=spin order=child_first cache=typesafe reuse=lifo");
  EXPECT_EQ(difference_text(fake, parsed("1.0")), "lock=spin");
  EXPECT_EQ(difference_text(fake, parsed("default")), "");
}

TEST(RulesThatHold, AreAllOfThem) {
  const auto rules = rules_that_hold(fake, DesignValues{1, 1, 1, 0});
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_STREQ(rules[0]->name, "2-root-first");
  EXPECT_STREQ(rules[1]->name, "plain-spin");
}

TEST(ParseDesign, SaysWhatExistsInstead) {
  EXPECT_EQ(error_of("lokc=spin"), "target 'fake' has no design axis 'lokc'; did you mean 'lock'?");
  EXPECT_EQ(error_of("colour=red"),
            "target 'fake' has no design axis 'colour'; axes: lock, order, cache, reuse");
  EXPECT_EQ(error_of("lock=spim"), "axis 'lock' has no value 'spim'; did you mean 'spin'?");
  EXPECT_EQ(error_of("lock=mutex"), "axis 'lock' has no value 'mutex'; values: rwsem, spin, none");
  EXPECT_EQ(error_of("lock=*"), "axis 'lock' has no value '*'; values: rwsem, spin, none");
  EXPECT_EQ(error_of("lock"), "axis 'lock' has no value here; write 'lock=VALUE'");
  EXPECT_EQ(error_of("3.8"),
            "there is no design '3.8'; write AXIS=VALUE, or one of these; designs: default, 1.0, "
            "1.0-quick, 1-no-lock, 2-root-first");
  EXPECT_EQ(error_of("1.0-quik"),
            "there is no design '1.0-quik'; write AXIS=VALUE, or one of these; did you mean "
            "'1.0-quick'?");
  EXPECT_EQ(error_of("1-no-locks"),
            "there is no design '1-no-locks'; write AXIS=VALUE, or one of these; did you mean "
            "'1-no-lock'?");
}

TEST(DesignVerdict, NamesTheRule) {
  const Verdict none = verdict(fake, DesignValues{2, 0, 0, 0});
  EXPECT_EQ(none.kind, Kind::wrong);
  EXPECT_EQ(verdict_text(none), "wrong (1-no-lock): Nothing protects the list.");
  EXPECT_EQ(verdict_text(verdict(fake, default_design(fake))), "right");
}

TEST(DesignVerdict, ImpossibleGoesBeforeWrong) {
  const Verdict v = verdict(fake, DesignValues{1, 1, 1, 0});
  EXPECT_EQ(v.kind, Kind::impossible);
  EXPECT_EQ(verdict_text(v), "impossible (plain-spin): The cache may sleep.");
}

TEST(DesignVerdict, ARuleHoldsOnlyWhenAllItsConditionsDo) {
  EXPECT_TRUE(verdict(fake, DesignValues{1, 0, 0, 0}).right());
  EXPECT_TRUE(verdict(fake, DesignValues{0, 0, 1, 0}).right());
  EXPECT_FALSE(verdict(fake, DesignValues{0, 1, 0, 0}).right());
}

TEST(SampleRight, DrawsEveryRightDesignAndNoOther) {
  std::set<DesignValues> right;
  for (std::uint8_t l = 0; l < 3; ++l)
    for (std::uint8_t o = 0; o < 2; ++o)
      for (std::uint8_t c = 0; c < 2; ++c)
        for (std::uint8_t r = 0; r < 2; ++r)
          if (verdict(fake, DesignValues{l, o, c, r}).right()) right.insert({l, o, c, r});
  std::set<DesignValues> drawn;
  for (std::uint64_t seed = 0; seed < 500; ++seed) drawn.insert(sample_right(fake, seed));
  EXPECT_EQ(drawn, right);
}

TEST(SampleRight, IsAFunctionOfTheSeed) {
  EXPECT_EQ(sample_right(fake, 7), sample_right(fake, 7));
}

TEST(MakeRight, LeavesARightDesignAlone) {
  EXPECT_EQ(make_right(fake, DesignValues{1, 0, 0, 1}), (DesignValues{1, 0, 0, 1}));
  EXPECT_EQ(make_right(fake, open_design(fake)), open_design(fake));
}

TEST(MakeRight, PutsOnlyTheWrongValuesBack) {
  EXPECT_EQ(make_right(fake, DesignValues{2, 0, 1, 1}), (DesignValues{0, 0, 1, 1}));
  EXPECT_EQ(make_right(fake, DesignValues{1, 0, 1, 1}), (DesignValues{0, 0, 1, 1}));
  // Root first is wrong under either lock: only the order helps, the lock may stay.
  EXPECT_EQ(make_right(fake, DesignValues{1, 1, 0, 0}), (DesignValues{1, 0, 0, 0}));
}

TEST(MakeRight, EndsRightFromAnywhere) {
  for (std::uint8_t i = 0; i < 24; ++i) {
    const DesignValues design = {
        static_cast<std::uint8_t>(i % 3), static_cast<std::uint8_t>(i / 3 % 2),
        static_cast<std::uint8_t>(i / 6 % 2), static_cast<std::uint8_t>(i / 12)};
    EXPECT_TRUE(verdict(fake, make_right(fake, design)).right()) << design_text(fake, design);
  }
}

TEST(HuntingDesign, IsTheDefaultAndWhatTheRuleNeeds) {
  const std::vector<const Rule*> rules = known_wrong(fake);
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(hunting_design(fake, *rules[0]), (DesignValues{2, 0, 0, kOpen}));
  // hunt_with fixes the varied axis that it names.
  EXPECT_EQ(hunting_design(fake, *rules[1]), (DesignValues{0, 1, 0, 0}));
  for (const Rule* rule : rules) EXPECT_TRUE(holds(*rule, hunting_design(fake, *rule)));
}

TEST(FindKnownWrong, SaysWhatExistsInstead) {
  EXPECT_EQ(find_known_wrong(fake, "1").value()->catalogue, 1U);
  EXPECT_EQ(find_known_wrong(fake, "2-rootfirst").error().text(),
            "target 'fake' has no known-wrong design '2-rootfirst'; did you mean '2-root-first'?");
  EXPECT_EQ(find_known_wrong(fake, "plain-spin").error().text(),
            "target 'fake' has no known-wrong design 'plain-spin'; known-wrong designs: 1-no-lock, "
            "2-root-first");
}

}  // namespace
}  // namespace rw::program

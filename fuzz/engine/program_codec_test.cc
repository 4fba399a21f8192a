// The codecs, the generator and mutation, on the real targets: fuzz/program's own tests run below
// the targets and know only a fake one.
#include <gtest/gtest.h>

#include <span>

#include "fuzz/program/bytes.h"
#include "fuzz/program/design.h"
#include "fuzz/program/generate.h"
#include "fuzz/program/mutate.h"
#include "fuzz/program/random_program.h"
#include "fuzz/program/text.h"

namespace rw::program {
namespace {

void comes_back(const Program& p) {
  ASSERT_EQ(why_invalid(p), "");
  ASSERT_TRUE(decode(*p.target, encode(p)) == p) << print(p);
  const Result<Program> again = parse(print(p), "again.race");
  ASSERT_TRUE(again.ok()) << again.error().text() << "\n" << print(p);
  ASSERT_TRUE(again.value() == p) << print(p);
}

TEST(ProgramCodec, AnyBytesComeBackThroughBytesAndTextForEveryTarget) {
  for (Target* target : all_targets()) {
    Prng prng(1);
    for (int i = 0; i < 3'000; ++i) {
      ASSERT_NO_FATAL_FAILURE(comes_back(decode(*target, random_bytes(prng, 200))))
          << target->name() << ", case " << i;
    }
  }
}

TEST(ProgramCodec, GeneratedMutatedAndCrossedProgramsComeBackForEveryTarget) {
  for (Target* target : all_targets()) {
    Program last = minimal(*target);
    for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
      const Program p = generate(*target, {}, seed);
      ASSERT_NO_FATAL_FAILURE(comes_back(p)) << target->name() << ", seed " << seed;
      last = seed % 2 == 0 ? mutate(last, {}, seed, 512) : crossover(last, p, {}, seed, 512);
      ASSERT_NO_FATAL_FAILURE(comes_back(last)) << target->name() << ", seed " << seed;
    }
  }
}

TEST(ProgramCodec, EveryTargetHasARightDefaultAndRulesThatHoldWhereTheyAreHunted) {
  for (Target* target : all_targets()) {
    EXPECT_TRUE(verdict(*target, default_design(*target)).right()) << target->name();
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      EXPECT_TRUE(verdict(*target, sample_right(*target, seed)).right()) << target->name();
    }
    for (const Rule* rule : known_wrong(*target)) {
      const DesignValues design = hunting_design(*target, *rule);
      EXPECT_TRUE(holds(*rule, design)) << rule->name;
      EXPECT_EQ(verdict(*target, design).kind, Verdict::Kind::wrong) << rule->name;
      EXPECT_TRUE(verdict(*target, make_right(*target, design)).right()) << rule->name;
    }
  }
}

}  // namespace
}  // namespace rw::program

#include "fuzz/program/bytes.h"

#include <gtest/gtest.h>

#include "fuzz/program/fake_target.h"
#include "fuzz/program/random_program.h"
#include "fuzz/schedule/strategies.h"

namespace rw::program {
namespace {

using Bytes = std::vector<std::uint8_t>;

FakeTarget fake;

TEST(Decode, OfNothingIsTheMinimalProgram) {
  EXPECT_TRUE(decode(fake, {}) == minimal(fake));
  EXPECT_TRUE(decode(fake, Bytes(100, 0)) == minimal(fake));
  EXPECT_TRUE(encode(minimal(fake)).empty());
}

TEST(Decode, OfAnyBytesIsValidAndCanonicalAfterOneTimeRound) {
  Prng prng(1);
  std::size_t lists = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Bytes bytes = random_bytes(prng, 300);
    const Program p = decode(fake, bytes);
    ASSERT_EQ(why_invalid(p), "") << "case " << i;
    const Bytes canonical = encode(p);
    ASSERT_TRUE(decode(fake, canonical) == p) << "case " << i;
    ASSERT_EQ(encode(decode(fake, canonical)), canonical) << "case " << i;
    if (!p.schedule.decisions.segments.empty()) ++lists;
  }
  EXPECT_GT(lists, 1000U);  // the property was tried on both forms
}

TEST(Decode, IgnoresZerosBehind) {
  Prng prng(2);
  for (int i = 0; i < 2'000; ++i) {
    Bytes bytes = random_bytes(prng, 60);
    const Program p = decode(fake, bytes);
    bytes.resize(bytes.size() + 40);
    ASSERT_TRUE(decode(fake, bytes) == p) << "case " << i;
  }
}

TEST(Encode, OfAnyValidProgramComesBack) {
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    const Program p = random_program(fake, seed);
    ASSERT_EQ(why_invalid(p), "") << "seed " << seed;
    ASSERT_TRUE(decode(fake, encode(p)) == p) << "seed " << seed;
  }
}

TEST(Encode, LeavesOutWhatIsTextOnly) {
  Program p = random_program(fake, 5);
  const Bytes plain = encode(p);
  p.expect = "deadlock";
  p.key = "k1-deadlock-01234567";
  p.remarks.push_back({1, "# a story"});
  EXPECT_EQ(encode(p), plain);
  EXPECT_TRUE(same_run(decode(fake, encode(p)), p));
}

TEST(Encode, OfTheLargestProgramComesBack) {
  Program p = minimal(fake);
  p.setup.assign(kMaxOpsPerList, Op{FakeTarget::touch, {3, 63, 7, 1}});
  p.tasks.assign(kMaxCodecTasks, p.setup);
  p.schedule.form = Schedule::Form::list;
  for (std::size_t i = 0; i < kMaxSegments; ++i) {
    exec::Segment s;
    s.task = 7;
    s.until = exec::Segment::Until::step;
    s.op = s.visit = 0xffff;
    s.function = std::string(kMaxName - 5, 'f') + std::to_string(10'000 + i % 1000);
    p.schedule.decisions.segments.push_back(s);  // more names than the table holds
  }
  p.schedule.decisions.choices.assign(kMaxChoices, {7, 0xffff, 0xffff, "wake", 0xffff});
  ASSERT_EQ(why_invalid(p), "");
  EXPECT_TRUE(decode(fake, encode(p)) == p);
}

TEST(Normalise, MakesAnythingValidAndLeavesTheValidAlone) {
  Prng prng(3);
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    Program p = random_program(fake, seed);
    Program same = p;
    normalise(same);
    ASSERT_TRUE(same == p) << "seed " << seed;

    p.design.resize(prng.below(8), static_cast<std::uint8_t>(prng.below(256)));
    p.tasks.resize(prng.below(12));
    for (auto& ops : p.tasks) ops.resize(prng.below(100), Op{200, {200, 200, 200, 200}});
    for (auto& s : p.schedule.decisions.segments) {
      s.function[0] = static_cast<char>(prng.below(256));
      s.visit = static_cast<std::uint16_t>(prng.below(2));
    }
    p.schedule.strategy = static_cast<std::uint8_t>(prng.below(256));
    p.expect = "two words";
    p.remarks = {{0, "# in front of everything"}, {3, "T0:"}, {2, "# kept"}, {1, "note: kept"}};
    normalise(p);
    ASSERT_EQ(why_invalid(p), "") << "seed " << seed;
    ASSERT_EQ(p.remarks.size(), 2U);
    EXPECT_EQ(p.remarks[0].line, "note: kept");
  }
}

TEST(WhyInvalid, NamesTheFirstFault) {
  Program p = minimal(fake);
  p.design[0] = 3;
  EXPECT_EQ(why_invalid(p), "the design has values that do not exist");
  p = minimal(fake);
  p.tasks.clear();
  EXPECT_EQ(why_invalid(p), "there must be 1 to 8 tasks");
  p = minimal(fake);
  p.tasks[0].push_back({FakeTarget::sync, {1}});
  EXPECT_EQ(why_invalid(p), "a task has ops or operands that do not exist, or too many");
  p = minimal(fake);
  p.schedule.form = Schedule::Form::list;
  p.schedule.decisions.segments.resize(1);
  p.schedule.decisions.segments[0].task = 1;
  EXPECT_EQ(why_invalid(p), "the schedule is not in normal form");
}

}  // namespace
}  // namespace rw::program

#include "fuzz/program/text.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "fuzz/program/fake_target.h"
#include "fuzz/program/random_program.h"

namespace rw::program {
namespace {

FakeTarget fake;
const std::array<Target*, 1> kTargets = {&fake};

Result<Program> parsed(std::string_view text) {
  return parse(text, "a.race", kTargets);
}

Program good(std::string_view text) {
  const Result<Program> p = parsed(text);
  EXPECT_TRUE(p.ok()) << p.error().text() << "\n" << text;
  return p.ok() ? p.value() : minimal(fake);
}

// Every key, both kinds of list entries, remarks of each sort.
constexpr std::string_view kWhole = R"(# racewalk 1
# The story: T0 attaches while T1 unmaps.

target: fake
design: lock=none order=child_first cache=typesafe reuse=quarantine
found-by: a mail of 2008  # kept as it is
memory: sc
granularity: fine
expect: use-after-free  # not stale-tlb
key: k1-use-after-free-5be1a2c4
setup:
  mm0 = mm_new
  mmap mm0 0x0a 4
T0:
  # attach before all
  d1 = attach mm0 xpmem
  sync
T1:
  touch mm0 0x3f 0x7 d1
schedule:
  T0 until 1:synchronize  # here it waits
  T1 until zap_pte_range#2
  T0 until blocked
  T1 until end
  choose T0 0:wake = 1
  choose T1 steal#3 = 2
# the end
)";

TEST(Text, OfEveryKeyComesBackToTheLetter) {
  EXPECT_EQ(print(good(kWhole)), kWhole);
}

TEST(Text, SaysWhatItSeemsToSay) {
  const Program p = good(kWhole);
  EXPECT_EQ(p.target, &fake);
  EXPECT_EQ(p.design, (std::vector<std::uint8_t>{2, 0, 0, 1}));
  EXPECT_EQ(p.granularity, exec::Granularity::fine);
  EXPECT_EQ(p.expect, "use-after-free");
  EXPECT_EQ(p.key, "k1-use-after-free-5be1a2c4");
  EXPECT_EQ(p.setup, (std::vector<Op>{{FakeTarget::mm_new, {0}}, {FakeTarget::mmap, {0, 10, 4}}}));
  ASSERT_EQ(p.tasks.size(), 2U);
  EXPECT_EQ(p.tasks[0], (std::vector<Op>{{FakeTarget::attach, {1, 0, 2}}, {FakeTarget::sync, {}}}));
  EXPECT_EQ(p.tasks[1], (std::vector<Op>{{FakeTarget::touch, {0, 63, 7, 1}}}));
  const exec::Decisions& d = p.schedule.decisions;
  ASSERT_EQ(d.segments.size(), 4U);
  EXPECT_EQ(d.segments[0].op, 1);
  EXPECT_EQ(d.segments[0].visit, 1);
  EXPECT_EQ(d.segments[0].function, "synchronize");
  EXPECT_EQ(d.segments[1].op, 0);
  EXPECT_EQ(d.segments[1].visit, 2);
  EXPECT_EQ(d.segments[2].until, exec::Segment::Until::blocked);
  EXPECT_EQ(d.segments[3].until, exec::Segment::Until::end);
  ASSERT_EQ(d.choices.size(), 2U);
  EXPECT_EQ(d.choices[1].what, "steal");
  EXPECT_EQ(d.choices[1].visit, 3);
  EXPECT_EQ(d.choices[1].value, 2);
}

TEST(Text, OfAnyProgramComesBack) {
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    Program p = random_program(fake, seed);
    if (seed % 3 == 0) p.expect = "none";
    const std::string text = print(p);
    const Result<Program> again = parsed(text);
    ASSERT_TRUE(again.ok()) << again.error().text() << "\n" << text;
    ASSERT_TRUE(again.value() == p) << text;
    ASSERT_EQ(print(again.value()), text);
  }
}

TEST(Text, OfTheLargestProgramIsNotTooLarge) {
  Program p = minimal(fake);
  p.setup.assign(kMaxOpsPerList, Op{FakeTarget::touch, {3, 63, 7, 1}});
  p.tasks.assign(kMaxCodecTasks, p.setup);
  p.schedule.form = Schedule::Form::list;
  exec::Segment s;
  s.task = 7;
  s.until = exec::Segment::Until::step;
  s.op = s.visit = 0xffff;
  s.function = std::string(kMaxName, 'f');
  p.schedule.decisions.segments.assign(kMaxSegments, s);
  p.schedule.decisions.choices.assign(kMaxChoices, {7, 0xffff, 0xffff, s.function, 0xffff});
  for (std::size_t i = 0; i < kMaxRemarks / 64; ++i) {
    p.remarks.push_back({1, "#" + std::string(62, 'x')});
  }
  ASSERT_EQ(why_invalid(p), "");
  const Result<Program> again = parsed(print(p));
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_TRUE(again.value() == p);
}

TEST(Text, WrapsLongDesignsAndStreams) {
  Program p = minimal(fake);
  p.schedule.strategy = 4;  // guided
  p.schedule.seed = ~0ULL;
  p.schedule.stream.assign(kMaxStream, 0xab);
  const std::string text = print(p);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    EXPECT_LE(end - at, 100U);
    at = end + 1;
  }
  EXPECT_TRUE(good(text) == p);
}

TEST(Text, OmittedDesignMeansTheDefaultAndSectionsMayStandInAnyOrder) {
  const Program p = good(R"(# racewalk 1
schedule: pct3 seed 17
T1:
# about T1
	sync
T0:
memory: sc
design: 2-root-first
        reuse=quarantine
target: fake)");
  EXPECT_EQ(print(p), R"(# racewalk 1
target: fake
design: lock=rwsem order=root_first cache=typesafe reuse=quarantine
memory: sc
T0:
T1:
# about T1
  sync
schedule: pct3 seed 0x11
)");
  EXPECT_TRUE(good(print(p)) == p);
}

TEST(Text, RemarksStayAtTheLineTheyStandAt) {
  const Program p = good(R"(# racewalk 1
target: fake
design: lock=rwsem
# between the lines of a design

   # indented
granularity: coarse  # goes to a line of its own, for coarse is not printed
memory: sc
T0:  # does nothing
mailing-list: linux-mm
schedule: random seed 0x1  # any


)");
  EXPECT_EQ(print(p), R"(# racewalk 1
target: fake
design: lock=rwsem order=child_first cache=typesafe reuse=lifo
# between the lines of a design

   # indented
# goes to a line of its own, for coarse is not printed
memory: sc
T0:  # does nothing
mailing-list: linux-mm
schedule: random seed 0x1  # any


)");
  EXPECT_TRUE(good(print(p)) == p);
}

TEST(Text, AnOmittedOpIsTheOneTheTaskLastStoppedIn) {
  const Program p = good(R"(# racewalk 1
target: fake
T0:
  sync
  sync
T1:
  sync
schedule:
  T0 until first
  T1 until first
  T0 until 1:second
  T0 until third
  T1 until 0:end
)");
  EXPECT_EQ(p.schedule.decisions.segments[3].op, 1);
  EXPECT_EQ(p.schedule.decisions.segments[4].function, "end");
  const std::string text = print(p);
  EXPECT_NE(text.find("  T0 until 0:first\n  T1 until first\n  T0 until 1:second\n"
                      "  T0 until 1:third\n  T1 until 0:end\n"),
            std::string::npos)
      << text;
}

TEST(Text, DamagedAnywhereIsAnErrorWithALineOrAValidProgram) {
  Prng prng(11);
  std::size_t errors = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string text(i % 2 == 0 ? std::string(kWhole) : print(random_program(fake, i)));
    const auto place = [&] { return static_cast<std::size_t>(prng.index(text.size())); };
    for (std::uint32_t n = prng.between(1, 2); n > 0 && !text.empty(); --n) {
      const std::size_t at = place();
      const std::size_t length = prng.between(1, 40);
      switch (prng.below(4)) {
        case 0:
          text[at] = static_cast<char>(prng.below(256));
          break;
        case 1:
          text.resize(at);
          break;
        case 2:
          text.erase(at, length);
          break;
        default:
          text.insert(place(), std::string(text.substr(at, length)));
      }
    }
    const Result<Program> p = parsed(text);
    if (!p) {
      ++errors;
      const std::string message = p.error().text();
      ASSERT_EQ(message.rfind("a.race:", 0), 0U) << message;
      ASSERT_GT(p.error().line, 0U) << message;
      ASSERT_LT(message.size(), 400U) << message;
      continue;
    }
    ASSERT_EQ(why_invalid(p.value()), "") << text;
    const Result<Program> again = parsed(print(p.value()));
    ASSERT_TRUE(again.ok()) << again.error().text() << "\n" << text;
    ASSERT_TRUE(again.value() == p.value()) << text;
  }
  EXPECT_GT(errors, 2'000U);
  EXPECT_LT(errors, 9'500U);  // some damage is harmless, and must be tried too
}

TEST(Load, ReadsAFileAndNamesIt) {
  const std::string path = testing::TempDir() + "program_text_test.race";
  std::ofstream(path) << kWhole;
  const Result<Program> p = load(path, kTargets);
  ASSERT_TRUE(p.ok()) << p.error().text();
  EXPECT_EQ(print(p.value()), kWhole);
  std::ofstream(path) << "nothing";
  EXPECT_EQ(load(path, kTargets).error().file, path);
  std::remove(path.c_str());
  EXPECT_EQ(load(path, kTargets).error().text(),
            path + ": cannot open it: No such file or directory");
  EXPECT_EQ(load("/", kTargets).error().text(), "/: cannot read it: Is a directory");
}

TEST(OpText, SpellsOperandsAsTheirKindsDo) {
  EXPECT_EQ(op_text(fake, {FakeTarget::mm_new, {3}}), "mm3 = mm_new");
  EXPECT_EQ(op_text(fake, {FakeTarget::mmap, {1, 5, 0}}), "mmap mm1 0x05 0");
  EXPECT_EQ(op_text(fake, {FakeTarget::attach, {1, 2, 1}}), "d1 = attach mm2 gru");
  EXPECT_EQ(op_text(fake, {FakeTarget::sync, {}}), "sync");
}

}  // namespace
}  // namespace rw::program

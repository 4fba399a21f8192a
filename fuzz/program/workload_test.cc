#include "fuzz/program/workload.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "fuzz/exec/execution.h"
#include "fuzz/program/fake_target.h"
#include "fuzz/program/generate.h"
#include "fuzz/schedule/strategies.h"

namespace {
unsigned g_allocations = 0;  // of this test binary, ever
}  // namespace

// All of this binary's heap memory passes here, to be counted. Weak: the sanitizers' run-time
// libraries bring their own.
[[gnu::weak]] void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::weak]] void operator delete(void* memory) noexcept {
  std::free(memory);  // NOLINT(clang-analyzer-cplusplus.NewDelete)
}
[[gnu::weak]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);  // NOLINT(clang-analyzer-cplusplus.NewDelete)
}

namespace rw::program {
namespace {

// Counts the heap memory taken between begin() and finish().
class CountingTarget : public FakeTarget {
 public:
  void begin(Design design) override {
    begun.reserve(design.size());
    FakeTarget::begin(design);
    before = g_allocations;
  }
  void finish() override {
    FakeTarget::finish();
    taken = g_allocations - before;
  }
  unsigned before = 0;
  unsigned taken = 0;
};

CountingTarget target;

exec::Result run(const Program& p, bool trace, Redraw* redraw = nullptr) {
  ProgramWorkload workload(p, redraw);
  const auto strategy = program::strategy_of(p.schedule);
  exec::Settings settings;
  settings.record_trace = trace;
  return exec::run(workload, settings, strategy.get());
}

Program sample() {
  Program p = minimal(target);
  p.design = {1, 0, 0, 1};
  p.setup = {{FakeTarget::mm_new, {2}}};
  p.tasks = {{{FakeTarget::mmap, {2, 1, 3}}, {FakeTarget::sync, {}}},
             {{FakeTarget::touch, {2, 1, 0, 1}}}};
  return p;
}

TEST(ProgramWorkload, BeginsWithTheDesignRunsEachOpOnceAndFinishes) {
  const Program p = sample();
  target.runs = target.finishes = 0;
  const exec::Result result = run(p, false);
  EXPECT_FALSE(result.failure.has_value());
  EXPECT_EQ(target.begun, p.design);
  EXPECT_EQ(target.runs, 4U);
  EXPECT_EQ(target.finishes, 1U);
}

TEST(ProgramWorkload, HandsOverJustTheOperandsOfTheOp) {
  Program p = minimal(target);
  p.tasks[0] = {{FakeTarget::touch, {2, 1, 0, 1}}};
  run(p, false);
  EXPECT_EQ(target.last_op, static_cast<unsigned>(FakeTarget::touch));
  EXPECT_EQ(target.last_operands, 4U);
  p.tasks[0] = {{FakeTarget::sync, {}}};
  run(p, false);
  EXPECT_EQ(target.last_operands, 0U);
}

TEST(ProgramWorkload, TracesOpsAsTheProgramSpellsThemAndWhyOnesWereSkipped) {
  const exec::Result result = run(sample(), true);
  std::vector<std::string> begun, skipped;
  for (const exec::Event& e : result.trace.events) {
    if (e.kind == exec::EventKind::op_begin) begun.push_back(e.text);
    if (e.kind == exec::EventKind::op_end && !e.text.empty()) skipped.push_back(e.text);
  }
  std::sort(begun.begin(), begun.end());
  EXPECT_EQ(begun, (std::vector<std::string>{"mm2 = mm_new", "mmap mm2 0x01 3", "sync",
                                             "touch mm2 0x01 0x0 d1"}));
  ASSERT_EQ(skipped.size(), 1U);
  EXPECT_NE(skipped[0].find("nothing is mapped there"), std::string::npos) << skipped[0];
}

TEST(ProgramWorkload, TakesNoHeapMemoryWhileItRuns) {
  const unsigned before = g_allocations;
  ::operator delete(::operator new(1));
  if (g_allocations == before) GTEST_SKIP() << "the sanitizer's operator new is in use";
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Program p = generate(target, {}, seed);
    run(p, false);  // whatever the executor keeps from one run to the next is there now
    run(p, false);
    EXPECT_EQ(target.taken, 0U) << "seed " << seed;
  }
}

TEST(ProgramWorkload, TakesNoHeapMemoryToDrawOpsEither) {
  const unsigned before = g_allocations;
  ::operator delete(::operator new(1));
  if (g_allocations == before) GTEST_SKIP() << "the sanitizer's operator new is in use";
  RunRecord record;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Program p = generate(target, {}, seed);
    for (unsigned times = 0; times < 2; ++times) {
      Redraw redraw(p, record);
      run(p, false, &redraw);
    }
    EXPECT_EQ(target.taken, 0U) << "seed " << seed;
  }
}

TEST(ProgramWorkload, RunsAnotherProgramWhenTold) {
  const Program a = minimal(target);
  const Program b = sample();
  ProgramWorkload workload(a);
  EXPECT_EQ(workload.task_count(), 1U);
  workload.use(b);
  EXPECT_EQ(workload.task_count(), 2U);
}

}  // namespace
}  // namespace rw::program

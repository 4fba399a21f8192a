#include "fuzz/schedule/thread_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "fuzz/exec/execution.h"
#include "fuzz/exec/prng.h"
#include "fuzz/sync/sync.h"

namespace {
struct Counter {
  rw::sync::atomic<std::uint32_t> steps{0};
  rw::sync::atomic<std::uint32_t> other{0};
};
}  // namespace
RW_TYPE_NAMED(Counter, "counter", steps, other)

namespace {

using namespace rw;
using schedule::ThreadOrder;

constexpr unsigned kSteps = 6;  // of each task, all at one place

// Tasks that each make kSteps steps; `order` says who made the first, the second, ... of all.
struct Steps : exec::Tasks {
  Counter* counter = nullptr;
  std::string order;
  bool detour = false;  // before each step another one, which the log does not have
  unsigned chosen = 0;

  explicit Steps(unsigned tasks) {
    before = [this] {
      for (unsigned i = 0; i < 3; ++i) {
        exec::op_begins(i, [] { return std::string("set-up"); });
        exec::op_ends(nullptr);
      }
      counter = sync::make<Counter>();
      order.assign(task_count() * kSteps, '?');
    };
    for (unsigned t = 0; t < tasks; ++t)
      bodies.emplace_back([this, t] {
        exec::op_begins(0, [] { return std::string("steps"); });
        for (unsigned i = 0; i < kSteps; ++i) {
          if (detour) counter->other.fetch_add(1);
          order[counter->steps.fetch_add(1)] = static_cast<char>('0' + t);
        }
        exec::op_ends(nullptr);
      });
  }

  std::unique_ptr<exec::ThreadLog> on_threads() {
    auto log = std::make_unique<exec::ThreadLog>();
    exec::Settings settings;
    settings.mode = exec::Mode::threads;
    settings.thread_log = log.get();
    EXPECT_FALSE(exec::run(*this, settings, nullptr).failure);
    return log;
  }
  std::string steered(const exec::ThreadLog& log, std::uint64_t seed = 0) {
    ThreadOrder strategy(log, seed);
    EXPECT_FALSE(exec::run(*this, {}, &strategy).failure);
    return order;
  }
};

// Gives the log's steps, the tasks' starts left out, the times of `order`.
void set_times(exec::ThreadLog& log, const std::string& order) {
  unsigned next[exec::kMaxTasks] = {};
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto t = static_cast<unsigned>(order[i] - '0');
    log.steps[t][0].when = 0;
    log.steps[t][++next[t]].when = 1000 * (i + 1);
  }
}

std::string shuffled(unsigned tasks, std::uint64_t seed) {
  std::string order;
  for (unsigned t = 0; t < tasks; ++t) order.append(kSteps, static_cast<char>('0' + t));
  exec::Prng prng(seed);
  for (std::size_t i = order.size(); i > 1; --i)
    std::swap(order[i - 1], order[prng.below(static_cast<std::uint32_t>(i))]);
  return order;
}

TEST(ThreadLog, HoldsEachTasksStepsInTheOrderInWhichItMadeThem) {
  Steps program(3);
  const auto log = program.on_threads();
  for (unsigned t = 0; t < 3; ++t) {
    ASSERT_EQ(log->count[t], 1 + kSteps) << "its start, and its steps";
    EXPECT_EQ(log->steps[t][0].place, 0U);
    for (unsigned i = 1; i <= kSteps; ++i) {
      EXPECT_NE(log->steps[t][i].place, 0U);
      EXPECT_EQ(log->steps[t][i].place, log->steps[t][1].place);
      EXPECT_GE(log->steps[t][i].when, log->steps[t][i - 1].when);
    }
  }
  EXPECT_EQ(log->count[3], 0U);
}

TEST(ThreadLog, KeepsTheBeginningOfALongRun) {
  exec::Tasks program;
  Counter* counter = nullptr;
  program.before = [&] { counter = sync::make<Counter>(); };
  program.bodies = {[&] {
    for (unsigned i = 0; i < 2 * exec::ThreadLog::kMaxSteps; ++i) counter->steps.fetch_add(1);
  }};
  auto log = std::make_unique<exec::ThreadLog>();
  exec::Settings settings;
  settings.mode = exec::Mode::threads;
  settings.thread_log = log.get();
  EXPECT_FALSE(exec::run(program, settings, nullptr).failure);
  EXPECT_EQ(log->count[0], exec::ThreadLog::kMaxSteps);
}

TEST(ThreadOrder, StepsComeInTheOrderOfTheirTimes) {
  Steps program(3);
  const auto log = program.on_threads();
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const std::string order = shuffled(3, seed);
    set_times(*log, order);
    ASSERT_EQ(program.steered(*log), order);
  }
}

TEST(ThreadOrder, AStepTheLogDoesNotHaveComesWithTheOneBeforeIt) {
  Steps program(2);
  const auto log = program.on_threads();
  program.detour = true;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string order = shuffled(2, seed);
    set_times(*log, order);
    ASSERT_EQ(program.steered(*log), order);
  }
}

TEST(ThreadOrder, WhoseLogHasEndedComesLast) {
  Steps program(2);
  const auto log = program.on_threads();
  set_times(*log, "010101010101");
  log->count[0] = 3;  // its start and two steps
  EXPECT_EQ(program.steered(*log), "010111110000");
}

TEST(ThreadOrder, OtherSeedsGiveOrdersAroundTheLogsAndTheSameSeedTheSame) {
  Steps program(2);
  const auto log = program.on_threads();
  set_times(*log, "001011010101");
  std::set<std::string> orders;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const std::string order = program.steered(*log, seed);
    EXPECT_EQ(program.steered(*log, seed), order) << seed;
    EXPECT_EQ(std::count(order.begin(), order.end(), '0'), kSteps);
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 8U);
  EXPECT_TRUE(orders.contains("001011010101")) << "small shifts change nothing";
}

TEST(ThreadOrder, AChoiceTakesTheValueItHadOnThreads) {
  exec::Tasks program;
  Counter* counter = nullptr;
  std::string values;
  program.before = [&] {
    counter = sync::make<Counter>();
    values.clear();
  };
  program.bodies = {[&] {
    counter->steps.fetch_add(1);  // before its first step a task has no choice
    for (int i = 0; i < 3; ++i) values += static_cast<char>('0' + sync::choose(4, "which"));
  }};
  auto log = std::make_unique<exec::ThreadLog>();
  exec::Settings settings;
  settings.mode = exec::Mode::threads;
  settings.thread_log = log.get();
  const std::uint8_t jitter[] = {0xff, 0xfd, 0x01, 0xfe, 0xe1};  // some of them not benign
  settings.jitter = jitter;
  EXPECT_FALSE(exec::run(program, settings, nullptr).failure);
  const std::string on_threads = values;
  EXPECT_NE(on_threads, "000") << "the delays should have drawn a value";
  ThreadOrder strategy(*log, 0);
  EXPECT_FALSE(exec::run(program, {}, &strategy).failure);
  EXPECT_EQ(values, on_threads);
}

}  // namespace

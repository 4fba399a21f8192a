// Exploration with several processes: parts that are split again, workers that cannot be made.
#include "fuzz/engine/explore_jobs.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

#include "fuzz/engine/exit_status.h"
#include "fuzz/engine/explore_state.h"
#include "fuzz/sync/sync.h"

namespace {

struct ExploreJobsWorld {
  rw::sync::atomic<std::uint32_t> word;
};

}  // namespace

RW_TYPE_NAMED(ExploreJobsWorld, "explore_jobs_world", word)

namespace rw::engine {
namespace {

#if defined(RACEWALK_TSAN)
#define SKIP_IF_TSAN() \
  GTEST_SKIP() << "ThreadSanitizer does not follow fibers into a forked process"
#else
#define SKIP_IF_TSAN() static_cast<void>(0)
#endif

constexpr std::uint64_t kAll = 1680;

// A word that workers see change. Until it is open they do not begin.
class Gate {
 public:
  Gate() {
    void* memory =
        ::mmap(nullptr, sizeof(*open_), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) open_ = new (memory) std::atomic<bool>(false);
  }
  ~Gate() {
    if (open_ != nullptr) ::munmap(open_, sizeof(*open_));
  }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  void open() { *open_ = true; }
  void wait_in_a_worker() const {
    while (::getpid() != parent_ && !*open_) ::usleep(1000);
  }

 private:
  const pid_t parent_ = ::getpid();
  std::atomic<bool>* open_ = nullptr;
};

// Three tasks of three steps each, all of them in conflict: 1680 executions, one for each order.
// The last step of an execution fails if `fails` says so of the tasks in the order of their steps.
class NineSteps : public exec::Workload {
 public:
  explicit NineSteps(bool (*fails)(const std::string&) = nullptr) : fails_(fails) {}
  unsigned task_count() const override { return 3; }
  void setup() override {
    if (gate != nullptr) gate->wait_in_a_worker();
    order_.clear();
    world_ = sync::make<ExploreJobsWorld>();
    world_->word.store(0);
  }
  void task(unsigned t) override {
    for (int i = 0; i < 3; ++i) {
      world_->word.store(t);
      order_ += static_cast<char>('0' + t);
      if (order_.size() == 9 && fails_ != nullptr && fails_(order_))
        sync::fail("invariant", {"order"}, order_);
    }
  }
  void finish() override {}

  const Gate* gate = nullptr;

 private:
  bool (*fails_)(const std::string&);
  ExploreJobsWorld* world_ = nullptr;
  std::string order_;
};

ExploreOptions fine() {
  ExploreOptions options;
  options.settings.granularity = exec::Granularity::fine;
  return options;
}

void nothing(const exec::Result&) {}

// A search of which one execution has been run, as one process leaves it: a single part, whose
// worker is asked for it at once.
ExploreJobs one_part(const ExploreOptions& options, unsigned jobs) {
  NineSteps workload;
  ExploreOptions begin = options;
  begin.max_executions = 1;
  ExploreJobs result;
  result.jobs = jobs;
  result.so_far = explore(workload, begin, [](const exec::Result&) { return true; });
  result.split_after = 0;
  return result;
}

// The same with a worker that does not begin before it has been asked, however slow the one who
// asks is: progress is told behind that.
Exploration split_again(NineSteps& workload, ExploreOptions options, unsigned jobs,
                        const std::function<void(const exec::Result&)>& see) {
  Gate gate;
  workload.gate = &gate;
  options.progress = [&](const Exploration&) { gate.open(); };
  ExploreError error;
  Exploration all = explore_with_jobs(workload, options, one_part(options, jobs), see, error);
  EXPECT_EQ(error.why, "");
  EXPECT_GT(all.parts, jobs) << "it has not been split";
  workload.gate = nullptr;
  return all;
}

TEST(ExploreJobs, APartThatIsLargeIsSplitAgainAndTheExecutionsAreThoseOfOneProcess) {
  SKIP_IF_TSAN();
  NineSteps workload;
  for (const unsigned preemptions : {schedule::Exhaustive::kNoBound, 1000U}) {
    ExploreOptions options = fine();
    options.preemptions = preemptions;
    for (const unsigned jobs : {2U, 3U, 5U}) {
      const Exploration all = split_again(workload, options, jobs, nothing);
      EXPECT_TRUE(all.complete);
      EXPECT_EQ(all.executions, kAll) << jobs;
      EXPECT_EQ(all.share_done, 1);
      if (preemptions == 1000) EXPECT_EQ(all.repeated, 0U) << "a bound repeats nothing";
      ExploreJobs never = one_part(options, jobs);
      never.split_after = 1e9;
      ExploreError error;
      EXPECT_EQ(explore_with_jobs(workload, options, never, nothing, error).parts, 1U);
    }
  }
}

// As after a kill: each state that was saved on the way has what the whole has.
TEST(ExploreJobs, WhatIsSavedWhilePartsAreSplitAgainLeadsToTheSameNumber) {
  SKIP_IF_TSAN();
  NineSteps workload;
  ExploreOptions options = fine();
  std::vector<std::string> saved;
  options.save_now = [] { return true; };
  options.save = [&](const Exploration& so_far) { saved.push_back(print_state({1, 2}, so_far)); };
  EXPECT_EQ(split_again(workload, options, 3, nothing).executions, kAll);
  ASSERT_GE(saved.size(), 5U) << "three workers have twelve pieces";
  options.save_now = nullptr;
  for (std::size_t i = 0; i < saved.size(); i += 1 + saved.size() / 20) {
    ExploreJobs jobs = one_part(options, 2);
    std::string why;
    ASSERT_TRUE(parse_state(saved[i], {1, 2}, jobs.so_far, why)) << why;
    ExploreError error;
    const Exploration all = explore_with_jobs(workload, options, jobs, nothing, error);
    EXPECT_TRUE(all.complete);
    EXPECT_EQ(all.executions, kAll) << i;
  }
}

// Of those that fail, most are in later pieces, and some are met before the first one is.
TEST(ExploreJobs, TheFailureIsThatOfTheFirstPieceOfAPart) {
  SKIP_IF_TSAN();
  NineSteps workload([](const std::string& order) { return order >= "0212"; });
  const ExploreOptions options = fine();
  std::string failed;
  const auto see = [&](const exec::Result& result) { failed = result.failure->message; };
  ExploreError error;
  (void)explore_with_jobs(workload, options, one_part(options, 1), see, error);
  const std::string first = failed;
  EXPECT_EQ(first.size(), 9U);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(split_again(workload, options, 3, see).failed);
    EXPECT_EQ(failed, first);
  }
}

pid_t fork_fails() {
  errno = EAGAIN;
  return -1;
}

TEST(ExploreJobs, WithFewerProcessesThanWereAskedForItRunsTheSameExecutions) {
  SKIP_IF_TSAN();
  NineSteps workload;
  std::vector<std::string> warnings;
  unsigned made = 0;
  ExploreJobs jobs;
  jobs.jobs = 4;
  jobs.warn = [&](const std::string& warning) { warnings.push_back(warning); };
  jobs.fork = [&] { return made < 2 ? ++made, ::fork() : fork_fails(); };
  ExploreError error;
  const Exploration all = explore_with_jobs(workload, fine(), jobs, nothing, error);
  EXPECT_EQ(made, 2U);
  EXPECT_EQ(error.why, "");
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.executions, kAll);
  EXPECT_EQ(warnings, std::vector<std::string>{"not all worker processes can be made: Resource "
                                               "temporarily unavailable; going on with 2 of 4"});
}

TEST(ExploreJobs, AWorkerThatIsKilledLosesNothingAndTheCountIsThatOfOneProcess) {
  SKIP_IF_TSAN();
  NineSteps workload;
  Gate gate;  // nobody is done before the first worker is killed
  workload.gate = &gate;
  std::vector<pid_t> made;
  ExploreJobs jobs;
  jobs.jobs = 2;
  jobs.fork = [&] { return made.emplace_back(::fork()); };
  ExploreOptions options = fine();
  options.progress = [&, told = 0](const Exploration&) mutable {
    if (++told == 1)
      ::kill(made.at(0), SIGKILL);
    else
      gate.open();
  };
  ExploreError error;
  const Exploration all = explore_with_jobs(workload, options, jobs, nothing, error);
  EXPECT_EQ(error.why, "");
  EXPECT_GE(made.size(), 3U) << "another worker takes its place";
  EXPECT_TRUE(all.complete);
  EXPECT_EQ(all.executions, kAll);
}

// No process at all, or one that is killed, after which there is no other.
TEST(ExploreJobs, WithoutAnyProcessItSaysWhyAndLeavesWhatThereIsToGoOnWith) {
  SKIP_IF_TSAN();
  for (const bool one : {false, true}) {
    NineSteps workload;
    const Gate gate;  // stays closed: the worker is killed before it has run anything
    workload.gate = &gate;
    ExploreOptions options = fine();
    pid_t child = 0;
    ExploreJobs jobs;
    jobs.jobs = 2;
    jobs.fork = [&] { return one && child == 0 ? child = ::fork() : fork_fails(); };
    options.progress = [&](const Exploration&) {
      if (child > 0) ::kill(child, SIGKILL);
    };
    ExploreError error;
    const Exploration begun = explore_with_jobs(workload, options, jobs, nothing, error);
    EXPECT_EQ(error.status, kExitCannotWrite);
    EXPECT_EQ(error.why, "no worker process can be made: Resource temporarily unavailable");
    EXPECT_FALSE(begun.complete);
    EXPECT_FALSE(begun.rest.empty());
    options.progress = nullptr;
    workload.gate = nullptr;
    ExploreError none;
    const Exploration all = explore_with_jobs(workload, options, {1, begun}, nothing, none);
    EXPECT_EQ(none.status, 0);
    EXPECT_TRUE(all.complete);
    EXPECT_EQ(all.executions, kAll) << one;
  }
}

}  // namespace
}  // namespace rw::engine

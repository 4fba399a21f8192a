// The machine's rules of the kernel against the axioms of the kernel's model.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "fuzz/engine/explore.h"
#include "fuzz/exec/prng.h"
#include "targets/litmus/harness_test.h"
#include "targets/litmus/kernel_axioms.h"

namespace {

using namespace rw;
using namespace rw::litmus;

Litmus parsed(const std::string& program, const std::string& outcome = "x=1") {
  std::string error;
  Litmus test = parse(program, outcome, error);
  EXPECT_EQ(error, "") << program;
  return test;
}

bool has_plain_data(const Litmus& test) {
  for (unsigned l = 0; l < kLocations; ++l)
    if (is_plain(test, l)) return true;
  return false;
}

TEST(KernelAxioms, GiveTheVerdictsOfTheTable) {
  unsigned checked = 0;
  for (const Row& row : rows()) {
    if (row.dialect != Dialect::kernel) continue;
    const Litmus test = parsed(row.program, row.outcome);
    if (has_plain_data(test)) continue;
    const std::set<Final> allowed = outcomes_by_kernel_axioms(test).by_model;
    const bool shown =
        std::any_of(allowed.begin(), allowed.end(), [&](const Final& f) { return holds(test, f); });
    EXPECT_EQ(shown, row.verdict == Verdict::allowed) << row.id << " " << row.name;
    ++checked;
  }
  EXPECT_EQ(checked, 66U) << "rows without plain data";
}

#if defined(RACEWALK_ASAN) || defined(RACEWALK_TSAN)
constexpr unsigned kPrograms = 40;
#else
constexpr unsigned kPrograms = 6'000;
#endif
constexpr std::uint64_t kMostExecutions = 2'000;  // of one program

struct Explored {
  std::set<Final> outcomes;
  bool complete = false;
};

Explored explored(const Litmus& test) {
  LitmusWorkload workload(test, Dialect::kernel);
  engine::ExploreOptions options;
  options.settings.granularity = exec::Granularity::fine;
  options.settings.memory = exec::Memory::lkmm;
  Explored e;
  std::uint64_t executions = 0;
  e.complete = engine::explore(workload, options, [&](const exec::Result& result) {
                 EXPECT_FALSE(result.failure) << result.failure->message;
                 e.outcomes.insert(workload.runner.final());
                 return ++executions < kMostExecutions;
               }).complete;
  return e;
}

// Those of `these` that `others` has not.
std::string list_new(const Litmus& test, const std::set<Final>& these,
                     const std::set<Final>& others) {
  std::string text;
  for (const Final& f : these)
    if (!others.contains(f)) text += "  " + describe(test, f) + "\n";
  return text;
}

// What one random program is made of besides accesses, each of 8 statements.
struct Taste {
  const char* name;
  unsigned fences;
  unsigned updates;
  bool locks;
  bool sections;  // of RCU, and grace periods
};

constexpr Taste kTastes[] = {
    {"accesses", 0, 1, false, false},
    {"fences", 5, 0, false, false},
    {"fences and updates", 5, 2, false, false},
    {"updates", 1, 5, false, false},
    {"locks", 3, 1, true, false},
    {"sections", 2, 0, false, true},
};

class Writer {
 public:
  Writer(exec::Prng& prng, const Taste& taste) : prng_(prng), taste_(taste) {}

  std::string program() {
    std::string text;
    for (const std::string& where : prng_.chance(1, 4) ? anywhere() : in_a_cycle())
      text += fmt::format("{}T{}: {}", text.empty() ? "" : " || ", tasks_++, task(where));
    return text;
  }

 private:
  const char* one_of(std::initializer_list<const char*> all) {
    return *(all.begin() + prng_.below(static_cast<unsigned>(all.size())));
  }

  // The locations of each task's accesses; of loads, in capitals.
  std::vector<std::string> anywhere() {
    const unsigned tasks = 2 + prng_.below(3);
    const unsigned total = std::max(tasks, 4 + prng_.below(4));
    const unsigned locations = 2 + prng_.below(2);
    std::vector<std::string> all(tasks);
    for (unsigned i = 0; i < total; ++i) all[i % tasks] += "xyz"[prng_.below(locations)];
    return all;
  }

  // Each task goes from one location to the next, or stays, and the last one ends where the first
  // began: the shape of most rows, in which each single rule matters.
  std::vector<std::string> in_a_cycle() {
    const unsigned locations = 2 + prng_.below(2);
    std::vector<std::string> all;
    for (unsigned l = 0; l < locations; ++l) {
      const bool room = all.size() + (locations - l) < kMaxThreads;
      if (room && prng_.chance(1, locations + 2)) all.push_back({"xyz"[l]});
      all.push_back({"xyz"[l], "xyz"[(l + 1) % locations]});
    }
    // One who sees what the others do, in either order.
    if (locations == 2 && all.size() < 3 && prng_.chance(1, 2)) {
      stores_ = 6;
      all.push_back(one_of({"XY", "YX"}));
    }
    if (prng_.chance(1, 2))
      all[prng_.index(all.size())] += (prng_.chance(1, 2) ? "xyz" : "XYZ")[prng_.below(locations)];
    return all;
  }

  std::string access(char wanted) {
    const unsigned n = next_++;
    const bool load = wanted < 'x';
    const char where = load ? static_cast<char>(wanted - 'X' + 'x') : wanted;
    if (!load && prng_.chance(taste_.updates, 8)) {
      const char* const action = one_of({"add", "xchg"});
      return fmt::format("r{}={}.{}({},1)", n, action, one_of({"once", "acq", "rel", "full"}),
                         where);
    }
    if (load || !prng_.chance(stores_, 8)) {
      read_ = n;
      return fmt::format("r{}={}.{}", n, where, one_of({"once", "once", "acq"}));
    }
    const std::string value =
        read_ != 0 && prng_.chance(1, 4) ? fmt::format("r{}", read_) : fmt::format("{}", n);
    return fmt::format("{}.{}={}", where, one_of({"once", "once", "rel"}), value);
  }

  // The accesses of one task, and what stands around them: a lock or a section around some, or a
  // lock around each, or grace periods between them.
  std::string task(const std::string& where) {
    const auto count = static_cast<unsigned>(where.size());
    const bool locks_each = taste_.locks && count <= locks_ && prng_.chance(1, 3);
    const bool may_lock = taste_.locks && locks_ > 0;
    const bool section = !locks_each && (may_lock || taste_.sections) && prng_.chance(2, 3);
    if (taste_.locks) locks_ -= locks_each ? count : section ? 1 : 0;
    const bool waits = taste_.sections && !section;
    const unsigned begin = prng_.below(count);
    const unsigned end = begin + prng_.below(count - begin);
    const char* lock = nullptr;
    read_ = 0;
    std::string text;
    const auto add = [&](const std::string& s) { text += (text.empty() ? "" : "; ") + s; };
    for (unsigned i = 0; i < count; ++i) {
      if (i > 0 && prng_.chance(taste_.fences, 8)) add(one_of({"mb", "wmb", "rmb", "wmb"}));
      if (i > 0 && waits && prng_.chance(1, 2)) add("sync_rcu");
      if (locks_each || (section && i == begin)) {
        lock = one_of({"s", "s", "t"});
        add(taste_.locks ? fmt::format("lock({})", lock) : "rcu_lock");
      }
      add(access(where[i]));
      if (locks_each || (section && i == end))
        add(taste_.locks ? fmt::format("unlock({})", lock) : "rcu_unlock");
    }
    return text;
  }

  exec::Prng& prng_;
  const Taste& taste_;
  unsigned tasks_ = 0;
  unsigned locks_ = 5;   // that may still be taken: the candidates are as many as their orders
  unsigned stores_ = 4;  // of 8 accesses that are neither updates nor must be loads
  unsigned next_ = 1;    // a number that no other access of the program has
  unsigned read_ = 0;    // the register of the task's last load; 0: none
};

// Both ways: no outcome that the model forbids; and, by what the machine takes for given, all that
// it allows.
TEST(KernelAxioms, TheMachineShowsWhatTheyAllowAndNothingElse) {
  exec::Prng prng(1);
  unsigned complete = 0;
  for (unsigned i = 0; i < kPrograms; ++i) {
    const Taste& taste = kTastes[i % std::size(kTastes)];
    const std::string text = Writer(prng, taste).program();
    const Litmus test = parsed(text);
    const Explored e = explored(test);
    const KernelOutcomes allowed = outcomes_by_kernel_axioms(test);
    EXPECT_EQ(list_new(test, e.outcomes, allowed.by_model), "")
        << text << " (" << taste.name << ") shows what is forbidden";
    complete += e.complete ? 1 : 0;
    if (e.complete)
      EXPECT_EQ(list_new(test, allowed.by_machine, e.outcomes), "")
          << text << " (" << taste.name << ") does not show what is allowed";
    if (HasFailure()) return;
  }
  EXPECT_GT(complete, kPrograms * 3 / 4) << "programs explored to the end";
}

// Grace periods are a fence when they begin, not with the step before.
TEST(KernelAxioms, AnotherTaskComesBetweenAStoreAndTheGracePeriodBehindIt) {
  const Litmus test =
      parsed("T0: y.rel=1; x.rel=2; sync_rcu || T1: r5=x.once; rcu_lock; r6=y.acq; rcu_unlock");
  const Explored e = explored(test);
  EXPECT_TRUE(e.complete);
  EXPECT_EQ(list_new(test, outcomes_by_kernel_axioms(test).by_machine, e.outcomes), "");
}

}  // namespace

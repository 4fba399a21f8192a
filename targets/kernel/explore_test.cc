// Exhaustive exploration of programs that block, spin and wait for grace periods, against every
// schedule of the same programs: the same outcomes and the same kinds of failures.
#include <gtest/gtest.h>

#include "fuzz/engine/explore.h"
#include "fuzz/exec/prng.h"
#include "fuzz/schedule/classes_test.h"
#include "fuzz/schedule/exhaustive.h"
#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct ExploreWorld {
  spinlock_t spin;
  mutex lock;
  srcu_struct srcu;
  sync::atomic<std::uint32_t> x{0}, y{0}, flag{0};
  sync::ghost<std::uint32_t> out[exec::kMaxTasks];  // what each task has seen, 2 digits a read
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::ExploreWorld, "explore_world", spin, lock, srcu, x, y, flag)

namespace rw::kernel::test {
namespace {

// Every schedule there is, value choices included: what an exploration is compared with. It knows
// nothing of footprints or spin loops.
class EverySchedule : public exec::Strategy {
 public:
  bool next() {
    while (!path_.empty() && path_.back().left == 0) path_.pop_back();
    if (path_.empty()) return false;
    --path_.back().left;
    ++path_.back().taken;
    return true;
  }
  bool asked_always() const override { return true; }
  void begin(unsigned) override { at_ = 0; }
  unsigned pick(const exec::View& view) override {
    unsigned n = decide(static_cast<unsigned>(std::popcount(view.runnable)));
    for (unsigned t = 0;; ++t)
      if ((view.runnable >> t & 1U) != 0 && n-- == 0) return t;
  }
  unsigned choose(const exec::View&, unsigned, unsigned n, const char* what,
                  const sync::site&) override {
    return std::string_view(what).starts_with("spurious") ? 0 : decide(n);
  }

 private:
  struct Decision {
    unsigned taken, left;
  };
  unsigned decide(unsigned n) {
    if (at_ == path_.size()) path_.push_back({0, n - 1});
    return path_[at_++].taken;
  }
  std::vector<Decision> path_;
  std::size_t at_ = 0;
};

using Body = std::function<void(ExploreWorld&)>;

void saw(ExploreWorld& w, std::uint32_t value) {
  auto& out = w.out[sync::current_task()];
  out.set(out.get() * 10 + value + 1);
}

void await_flag(ExploreWorld& w) {
  while (w.flag.load() == 0) sync::relax();
}
void await_either(ExploreWorld& w) {
  while (w.flag.load() == 0 && w.x.load() == 0) sync::relax();
  saw(w, w.x.load());
}
void sleep_on_flag(ExploreWorld& w) {
  while (w.flag.load() == 0) sync::wait(w.flag, 0U);
}
// Each round leaves a trace if it sees something new.
void watch_until_flag(ExploreWorld& w) {
  std::uint32_t last = 9;
  while (w.flag.load() == 0) {
    const std::uint32_t x = w.x.load();
    const std::uint32_t y = w.y.load();
    if (x * 10 + y != last) saw(w, x + y);
    last = x * 10 + y;
    sync::relax();
  }
}
void set_flag(ExploreWorld& w) {
  w.flag.store(1);
  sync::notify(w.flag.address(), sync::kAll);
}

// What programs are made of; waits for the flag are added apart.
const Body kPieces[] = {
    [](ExploreWorld& w) { saw(w, w.x.load()); },
    [](ExploreWorld& w) { saw(w, w.y.load()); },
    [](ExploreWorld& w) { w.x.store(2); },
    [](ExploreWorld& w) { w.y.store(3); },
    [](ExploreWorld& w) { saw(w, w.x.fetch_add(1)); },
    [](ExploreWorld& w) {
      spin_lock(&w.spin);
      w.x.store(w.x.load() + 1);
      spin_unlock(&w.spin);
    },
    [](ExploreWorld& w) {
      mutex_lock(&w.lock);
      saw(w, w.y.load());
      mutex_unlock(&w.lock);
    },
    [](ExploreWorld& w) {
      rcu_read_lock();
      saw(w, w.x.load());
      rcu_read_unlock();
    },
    [](ExploreWorld& w) {
      synchronize_rcu();
      w.x.store(4);
    },
    [](ExploreWorld& w) {
      const int idx = srcu_read_lock(&w.srcu);
      saw(w, w.y.load());
      srcu_read_unlock(&w.srcu, idx);
    },
    [](ExploreWorld& w) {
      synchronize_srcu(&w.srcu);
      w.y.store(5);
    },
    [](ExploreWorld&) { sync::relax(); },
};

struct Drawn {
  Program<ExploreWorld> program;
  std::string text;  // numbers of pieces
};

// Two or three tasks of one or two pieces. In four of five programs the last one waits for the flag
// first; who sets it does so at the end, or nobody does.
Drawn draw(exec::Prng& prng, unsigned waits) {
  Drawn d;
  d.program.init = [](ExploreWorld& w) {
    spin_lock_init(&w.spin);
    mutex_init(&w.lock);
    init_srcu_struct(&w.srcu);
    for (auto& o : w.out) o.set(0);
  };
  d.program.outcome = [](ExploreWorld& w) {
    std::string all = std::to_string(w.x.peek()) + " " + std::to_string(w.y.peek());
    for (auto& o : w.out) all += " " + std::to_string(o.get());
    return all;
  };
  const unsigned tasks = 2 + prng.below(2);
  for (unsigned t = 0; t < tasks; ++t) {
    std::vector<Body> pieces;
    if (t + 1 == tasks && waits != 0) {
      const Body all[] = {await_flag, await_either, sleep_on_flag, watch_until_flag};
      pieces.push_back(all[waits - 1]);
      d.text += " wait" + std::to_string(waits);
    }
    const unsigned count = 1 + prng.below(tasks == 2 ? 2 : 1);
    for (unsigned i = 0; i < count; ++i) {
      const unsigned piece = prng.below(std::size(kPieces));
      pieces.push_back(kPieces[piece]);
      d.text += " " + std::to_string(piece);
    }
    if (t == 0 && waits != 0 && !prng.chance(1, 8)) {
      pieces.push_back(set_flag);
      d.text += " set";
    }
    d.text += " |";
    d.program.bodies.push_back([pieces](ExploreWorld& w) {
      for (const Body& piece : pieces) piece(w);
    });
  }
  return d;
}

exec::Settings settings() {
  exec::Settings s;
  s.step_budget = 60;  // more than any of these programs takes that does not wait in vain
  return s;
}

struct Executions {
  std::set<std::string> met;  // outcomes, and kinds of failures
  std::uint64_t executions = 0, repeated = 0;
  // Of executions that do not fail: a failure cuts them short anywhere.
  std::set<std::uint64_t> classes, without_rounds_in_vain;
  bool spins = false, fails = false;
};

// Of every schedule; nothing if they are more than `most`.
std::optional<Executions> every_schedule(const Drawn& d, unsigned most) {
  Executions e;
  Runner<ExploreWorld> runner(d.program);
  schedule::WithClasses<EverySchedule> every;
  do {
    if (++e.executions > most) return std::nullopt;
    const exec::Result result = exec::run(runner, settings(), &every);
    e.met.insert(result.failure ? result.failure->kind : runner.outcome);
    if (!result.failure) every.note_class();
  } while (every.next());
  e.without_rounds_in_vain = every.without_rounds_in_vain;
  return e;
}

Executions explored(const Drawn& d) {
  Executions e;
  Runner<ExploreWorld> runner(d.program);
  schedule::WithClasses<schedule::Exhaustive> strategy;
  for (bool more = true; more;) {
    const exec::Result result = exec::run(runner, settings(), &strategy);
    if (!result.given_up) {
      e.met.insert(result.failure ? result.failure->kind : runner.outcome);
      if (!result.failure) strategy.note_class();
      e.fails = e.fails || result.failure;
    }
    ++(result.given_up ? e.repeated : e.executions);
    more = strategy.next(result.failure.has_value());
  }
  e.classes = strategy.classes;
  e.without_rounds_in_vain = strategy.without_rounds_in_vain;
  e.spins = strategy.held_back();
  return e;
}

TEST(ExploreKernel, MeetsTheOutcomesOfEveryScheduleOfProgramsThatBlockAndSpin) {
#if defined(RACEWALK_TSAN)
  GTEST_SKIP() << "the strategy of this file is instrumented, and is asked on the tasks' fibers";
#endif
  exec::Prng prng(13);
  unsigned compared = 0, missed = 0;
  std::uint64_t schedules = 0, executions = 0, repeated = 0, classes = 0;
  for (unsigned i = 0; i < 600; ++i) {
    const Drawn d = draw(prng, i % 5);
    const auto every = every_schedule(d, 3000);
    if (!every) continue;
    ++compared;
    schedules += every->executions;
    const Executions e = explored(d);
    executions += e.executions;
    repeated += e.repeated;
    EXPECT_EQ(e.met, every->met) << i << ":" << d.text;
    if (!e.spins)
      EXPECT_EQ(e.without_rounds_in_vain, every->without_rounds_in_vain) << i << ":" << d.text;
    classes += every->without_rounds_in_vain.size();
    for (const std::uint64_t c : every->without_rounds_in_vain)
      missed += e.without_rounds_in_vain.contains(c) ? 0 : 1;
    EXPECT_LE(e.executions, every->executions) << d.text;
    if (HasFailure()) return;
  }
  EXPECT_GE(compared, 300U);
  // All of one program, with two relaxes in a row, which pass for a loop.
  EXPECT_LE(missed, 3U);
  RecordProperty("compared", static_cast<int>(compared));
  std::printf("%u of %lu classes missed\n", missed, static_cast<unsigned long>(classes));
  std::printf("%u programs: %lu schedules, %lu executions and %lu repetitions\n", compared,
              static_cast<unsigned long>(schedules), static_cast<unsigned long>(executions),
              static_cast<unsigned long>(repeated));
}

// Without spin loops no execution is run twice; with them some are, as many as are printed.
TEST(ExploreKernel, RunsNoExecutionTwiceInProgramsThatDoNotSpin) {
#if defined(RACEWALK_TSAN)
  GTEST_SKIP() << "the strategy of this file is instrumented, and is asked on the tasks' fibers";
#endif
  exec::Prng prng(17);
  unsigned programs[2] = {}, with_more[2] = {};
  std::uint64_t executions[2] = {}, classes[2] = {};
  for (unsigned i = 0; i < 600; ++i) {
    const Drawn d = draw(prng, i % 5);
    const Executions e = explored(d);
    if (e.fails) continue;  // what comes after a failure is not known
    ++programs[e.spins];
    with_more[e.spins] += e.executions != e.classes.size();
    executions[e.spins] += e.executions;
    classes[e.spins] += e.classes.size();
    if (!e.spins) EXPECT_EQ(e.executions, e.classes.size()) << i << ":" << d.text;
  }
  EXPECT_GE(programs[0], 100U);
  EXPECT_GE(programs[1], 100U);
  for (const bool spins : {false, true})
    std::printf("%u programs that %s: %lu executions of %lu classes; %u programs with more\n",
                programs[spins], spins ? "spin" : "do not spin",
                static_cast<unsigned long>(executions[spins]),
                static_cast<unsigned long>(classes[spins]), with_more[spins]);
}

}  // namespace
}  // namespace rw::kernel::test

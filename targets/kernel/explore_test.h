// For tests of exhaustive exploration: random programs that block, spin and wait for grace periods,
// and what is counted of their executions.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

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

using Body = std::function<void(ExploreWorld&)>;

inline void saw(ExploreWorld& w, std::uint32_t value) {
  auto& out = w.out[sync::current_task()];
  out.set(out.get() * 10 + value + 1);
}

inline void await_flag(ExploreWorld& w) {
  while (w.flag.load() == 0) sync::relax();
}
inline void await_either(ExploreWorld& w) {
  while (w.flag.load() == 0 && w.x.load() == 0) sync::relax();
  saw(w, w.x.load());
}
inline void sleep_on_flag(ExploreWorld& w) {
  while (w.flag.load() == 0) sync::wait(w.flag, 0U);
}
// Each round leaves a trace if it sees something new.
inline void watch_until_flag(ExploreWorld& w) {
  std::uint32_t last = 9;
  while (w.flag.load() == 0) {
    const std::uint32_t x = w.x.load();
    const std::uint32_t y = w.y.load();
    if (x * 10 + y != last) saw(w, x + y);
    last = x * 10 + y;
    sync::relax();
  }
}
inline void set_flag(ExploreWorld& w) {
  w.flag.store(1);
  sync::notify(w.flag.address(), sync::kAll);
}

// What programs are made of; waits for the flag are added apart.
inline const Body kPieces[] = {
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
inline Drawn draw(exec::Prng& prng, unsigned waits) {
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

inline exec::Settings settings() {
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

// In one go.
inline Executions explored(const Drawn& d) {
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

}  // namespace rw::kernel::test

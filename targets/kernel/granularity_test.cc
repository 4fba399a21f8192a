// Each primitive gives the same outcomes when its non-blocking path is one step as when each of its
// atomic accesses is one: so the default, coarse, hides nothing.
#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct GrainWorld {
  spinlock_t spin;
  rwlock_t rwlock;
  rw_semaphore sem;
  mutex lock;
  seqlock_t seq;
  wait_queue_head_t queue;
  completion done;
  refcount_t refs;
  srcu_struct srcu;
  sync::atomic<int> ready{0};
  sync::ghost<int> log;  // what happened, in order, a decimal digit each
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::GrainWorld, "grain_world", spin, rwlock, sem, lock, seq, queue,
              done, refs, srcu, ready)

namespace rw::kernel::test {

namespace {

lock_class seq_class{"grain_world.seq"};

void init(GrainWorld& w) {
  spin_lock_init(&w.spin);
  rwlock_init(&w.rwlock);
  init_rwsem(&w.sem);
  mutex_init(&w.lock);
  seqlock_init(&w.seq, seq_class);
  init_waitqueue_head(&w.queue);
  init_completion(&w.done);
  refcount_set(&w.refs, 2);
  init_srcu_struct(&w.srcu);
}

// A step of its own, so that at either granularity others may come in before it.
void log(GrainWorld& w, int digit) {
  (void)READ_ONCE(w.ready);
  w.log.set(w.log.get() * 10 + digit);
}

using Body = std::function<void(GrainWorld&)>;

// Takes the lock so often and says who was in; twice, so that a release meets waiter and newcomer.
Body times(int n, int digit, const Body& take, const Body& give) {
  return [=](GrainWorld& w) {
    for (int i = 0; i < n; ++i) {
      take(w);
      log(w, digit);
      give(w);
    }
  };
}

Body attempt(int digit, const std::function<bool(GrainWorld&)>& take, const Body& give) {
  return [=](GrainWorld& w) {
    const bool got = take(w);
    log(w, got ? digit : 0);
    if (got) give(w);
  };
}

// Runs until 1500 more seeds bring no new outcome.
std::set<std::string> stable_outcomes(const Program<GrainWorld>& p, Granularity g) {
  std::set<std::string> all;
  Runner<GrainWorld> runner(p);
  exec::Settings settings;
  settings.granularity = g;
  unsigned quiet = 0;
  for (unsigned seed = 0; quiet < 1500; ++seed) {
    ++quiet;
    for (const schedule::StrategyInfo& info : schedule::strategies()) {
      if (info.uses_stream()) continue;
      const auto strategy = info.make({.seed = seed});
      const exec::Result result = exec::run(runner, settings, strategy.get());
      const std::string text =
          result.failure ? result.failure->kind + ": " + result.failure->message : runner.outcome;
      if (all.insert(text).second) quiet = 0;
    }
  }
  return all;
}

// At least `distinct` outcomes, so that the comparison means something.
void expect_same(std::vector<Body> bodies, std::size_t distinct) {
  const Program<GrainWorld> p{
      .options = {}, .init = init, .bodies = std::move(bodies), .outcome = [](GrainWorld& w) {
        return std::to_string(w.log.get());
      }};
  const auto coarse = stable_outcomes(p, Granularity::coarse);
  const auto fine = stable_outcomes(p, Granularity::fine);
  EXPECT_EQ(coarse, fine);
  EXPECT_GE(coarse.size(), distinct);
}

TEST(Granularity, Spinlock) {
  const Body take = [](GrainWorld& w) { spin_lock(&w.spin); };
  const Body give = [](GrainWorld& w) { spin_unlock(&w.spin); };
  const auto try_take = [](GrainWorld& w) { return spin_trylock(&w.spin); };
  expect_same({times(2, 1, take, give), times(1, 2, take, give), attempt(3, try_take, give)}, 24);
}

TEST(Granularity, Mutex) {
  const Body take = [](GrainWorld& w) { mutex_lock(&w.lock); };
  const Body give = [](GrainWorld& w) { mutex_unlock(&w.lock); };
  const auto try_take = [](GrainWorld& w) { return mutex_trylock(&w.lock); };
  expect_same({times(2, 1, take, give), times(1, 2, take, give), attempt(3, try_take, give)}, 24);
}

TEST(Granularity, Rwlock) {
  const Body read = [](GrainWorld& w) { read_lock(&w.rwlock); };
  const Body unread = [](GrainWorld& w) { read_unlock(&w.rwlock); };
  const Body write = [](GrainWorld& w) { write_lock(&w.rwlock); };
  const Body unwrite = [](GrainWorld& w) { write_unlock(&w.rwlock); };
  const auto try_write = [](GrainWorld& w) { return write_trylock(&w.rwlock); };
  expect_same(
      {times(2, 1, read, unread), times(1, 2, write, unwrite), attempt(3, try_write, unwrite)}, 24);
}

TEST(Granularity, Rwsem) {
  const Body read = [](GrainWorld& w) { down_read(&w.sem); };
  const Body unread = [](GrainWorld& w) { up_read(&w.sem); };
  const Body write = [](GrainWorld& w) { down_write(&w.sem); };
  const Body unwrite = [](GrainWorld& w) { up_write(&w.sem); };
  expect_same({times(2, 1, read, unread), times(1, 2, write, unwrite), times(1, 3, read, unread)},
              12);
}

TEST(Granularity, RwsemTrylocksAndDowngrade) {
  const Body downgrading = [](GrainWorld& w) {
    down_write(&w.sem);
    log(w, 1);
    downgrade_write(&w.sem);
    log(w, 2);
    up_read(&w.sem);
  };
  const Body read = [](GrainWorld& w) {
    down_read(&w.sem);
    log(w, 3);
    up_read(&w.sem);
  };
  const auto try_write = [](GrainWorld& w) { return down_write_trylock(&w.sem); };
  const Body unwrite = [](GrainWorld& w) { up_write(&w.sem); };
  expect_same({downgrading, read, attempt(4, try_write, unwrite)}, 8);
}

TEST(Granularity, Seqlock) {
  const Body writer = [](GrainWorld& w) {
    write_seqlock(&w.seq);
    WRITE_ONCE(w.ready, READ_ONCE(w.ready) + 1);
    WRITE_ONCE(w.ready, READ_ONCE(w.ready) + 1);
    write_sequnlock(&w.seq);
  };
  const Body reader = [](GrainWorld& w) {
    std::uint32_t start;
    int value;
    do {
      start = read_seqbegin(&w.seq);
      value = READ_ONCE(w.ready);
    } while (read_seqretry(&w.seq, start));
    log(w, 1 + value);
  };
  expect_same({writer, reader, writer}, 3);
}

TEST(Granularity, WaitQueue) {
  const Body waiter = [](GrainWorld& w) {
    wait_event(&w.queue, [&w] { return READ_ONCE(w.ready) != 0; });
    log(w, 1);
  };
  const Body waker = [](GrainWorld& w) {
    WRITE_ONCE(w.ready, 1);
    log(w, 2);
    wake_up(&w.queue);
    log(w, 3);
  };
  expect_same({waiter, waker}, 2);
}

TEST(Granularity, Completion) {
  const Body waiter = [](GrainWorld& w) {
    wait_for_completion(&w.done);
    log(w, 1);
  };
  const Body completer = [](GrainWorld& w) {
    log(w, 2);
    complete(&w.done);
    log(w, 3);
  };
  expect_same({waiter, completer}, 2);
}

TEST(Granularity, Refcount) {
  const Body put = [](GrainWorld& w) { log(w, refcount_dec_and_test(&w.refs) ? 1 : 2); };
  const Body get = [](GrainWorld& w) {
    const bool got = refcount_inc_not_zero(&w.refs);
    log(w, got ? 3 : 4);
    if (got) log(w, refcount_dec_and_test(&w.refs) ? 5 : 6);
  };
  expect_same({put, put, get}, 6);
}

TEST(Granularity, Rcu) {
  const Body reader = [](GrainWorld& w) {
    rcu_read_lock();
    const int before = READ_ONCE(w.ready);
    const int after = READ_ONCE(w.ready);
    rcu_read_unlock();
    log(w, 1 + before * 3 + after);
  };
  const Body updater = [](GrainWorld& w) {
    WRITE_ONCE(w.ready, 1);
    synchronize_rcu();
    WRITE_ONCE(w.ready, 2);
  };
  expect_same({reader, updater}, 5);
}

TEST(Granularity, Srcu) {
  const Body reader = [](GrainWorld& w) {
    const int idx = srcu_read_lock(&w.srcu);
    const int before = READ_ONCE(w.ready);
    const int after = READ_ONCE(w.ready);
    srcu_read_unlock(&w.srcu, idx);
    log(w, 1 + before * 3 + after);
  };
  const Body updater = [](GrainWorld& w) {
    WRITE_ONCE(w.ready, 1);
    synchronize_srcu(&w.srcu);
    WRITE_ONCE(w.ready, 2);
  };
  expect_same({reader, updater}, 5);
}

}  // namespace

}  // namespace rw::kernel::test

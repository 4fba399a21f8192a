// Threads mode by example: real threads, the same code, the same ends.
#include <gtest/gtest.h>

#include <array>

#include "fuzz/exec/execution.h"
#include "fuzz/sync/sync.h"

namespace {
struct Shared {
  rw::sync::atomic<int> a{0};
  rw::sync::atomic<int> b{0};
};
}  // namespace
RW_TYPE_NAMED(Shared, "shared", a, b)

namespace {

using namespace rw;

struct OnThreads : exec::Tasks {
  Shared* p = nullptr;
  OnThreads() {
    before = [this] { p = sync::make<Shared>(); };
  }
  exec::Result go(std::span<const std::uint8_t> jitter = {}) {
    exec::Settings settings;
    settings.mode = exec::Mode::threads;
    settings.jitter = jitter;
    return exec::run(*this, settings, nullptr);
  }
};

TEST(Threads, TasksRunToTheirEndsAndFinishSeesWhatTheyDid) {
  OnThreads t;
  int seen = 0;
  const auto body = [&] {
    for (int i = 0; i < 100; ++i) t.p->a.fetch_add(1);
  };
  t.bodies = {body, body, body, body, body, body, body, body};
  t.after = [&] { seen = t.p->a.load(); };
  for (int round = 0; round < 200; ++round) {
    ASSERT_FALSE(t.go().failure);
    ASSERT_EQ(seen, 800);
  }
}

TEST(Threads, ANotifiedWaiterGoesOnHoweverTheThreadsRun) {
  OnThreads t;
  const std::array<std::uint8_t, 6> jitter = {0xf8, 0x08, 0x01, 0x80, 0x33, 0xf0};
  t.bodies = {[&] {
                while (t.p->a.load() == 0) sync::wait(t.p->a, 0);
              },
              [&] {
                while (t.p->a.load() == 0) sync::wait(t.p->a, 0);
              },
              [&] {
                t.p->a.store(1);
                sync::notify(t.p->a.address(), sync::kAll);
              }};
  for (int round = 0; round < 2000; ++round) {
    const auto r = t.go(jitter);
    ASSERT_FALSE(r.failure) << r.failure->message;
  }
}

TEST(Threads, WhenEveryTaskIsBlockedTheExecutionEndsAndSaysSo) {
  OnThreads t;
  t.bodies = {[&] {
                while (t.p->a.load() == 0) sync::wait(t.p->a, 0);
              },
              [&] { t.p->b.store(1); }};
  for (int round = 0; round < 100; ++round) {
    const auto r = t.go();
    ASSERT_TRUE(r.failure);
    EXPECT_EQ(r.failure->kind, "lost-wakeup");
    EXPECT_NE(r.failure->message.find("shared#0.a"), std::string::npos) << r.failure->message;
  }
}

TEST(Threads, TheFirstFailureEndsEveryTask) {
  OnThreads t;
  t.bodies = {[&] { sync::fail("invariant", {"planted"}, "planted"); },
              [&] {
                for (;;) t.p->a.fetch_add(1);
              },
              [&] {
                while (t.p->b.load() == 0) sync::wait(t.p->b, 0);
              }};
  for (int round = 0; round < 50; ++round) {
    const auto r = t.go();
    ASSERT_TRUE(r.failure);
    EXPECT_EQ(r.failure->kind, "invariant");
  }
}

// Others run on while the report is made, and begin ops meanwhile.
TEST(Threads, AFailureTellsWhichOpEachTaskIsIn) {
  struct Named : OnThreads {
    std::string op_text(unsigned t, unsigned op) const override {
      return "op " + std::to_string(op) + " of T" + std::to_string(t);
    }
  } t;
  t.bodies = {[&] {
                exec::op_begins(7, [] { return ""; });
                while (t.p->a.load() < 20) sync::relax();
                sync::fail("invariant", {"planted"}, "planted");
              },
              [&] {
                for (unsigned i = 0;; ++i) {
                  exec::op_begins(i, [] { return ""; });
                  t.p->a.fetch_add(1);
                }
              },
              [&] {
                while (t.p->b.load() == 0) sync::wait(t.p->b, 0);
              }};
  for (int round = 0; round < 200; ++round) {
    const auto r = t.go();
    ASSERT_TRUE(r.failure);
    ASSERT_EQ(r.failure->tasks.size(), 3U);
    EXPECT_EQ(r.failure->tasks[0].op_text, "op 7 of T0");
    EXPECT_GE(r.failure->tasks[1].op, 19U);
    EXPECT_EQ(r.failure->tasks[1].op_text,
              "op " + std::to_string(r.failure->tasks[1].op) + " of T1");
    EXPECT_EQ(r.failure->tasks[2].op_text, "") << "it has begun none";
  }
}

TEST(Threads, OverlapOfOpsIsReported) {
  OnThreads t;
  const auto body = [&] {
    exec::op_begins(0, [] { return "meet"; });
    t.p->a.fetch_add(1);
    while (t.p->a.load() < 2) sync::relax();  // both are inside now
    exec::op_ends(nullptr);
  };
  t.bodies = {body, body};
  EXPECT_TRUE(t.go().overlapped);
  t.bodies = {body};
  t.before = [&] {
    t.p = sync::make<Shared>();
    t.p->a.store(1);
  };
  EXPECT_FALSE(t.go().overlapped);
}

}  // namespace

#include "targets/kernel/access.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct AccessWorld {
  atomic_t x{0};
  atomic_t y{0};
  atomic_long_t big{0};
  sync::atomic<std::uint32_t> bits{0};
  sync::coherent<int> tlb{0};
  sync::cell<int> data{0};
  sync::ghost<int> seen_x;
  sync::ghost<int> seen_y;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::AccessWorld, "access_world", x, y, big, bits, tlb, data)

namespace rw::kernel::test {

namespace {

using Bodies = std::vector<std::function<void(AccessWorld&)>>;

Program<AccessWorld> program(Bodies bodies, std::function<std::string(AccessWorld&)> outcome = {}) {
  return {.options = {}, .init = {}, .bodies = std::move(bodies), .outcome = std::move(outcome)};
}

std::string what_was_seen(AccessWorld& w) {
  return std::to_string(w.seen_x.get()) + std::to_string(w.seen_y.get());
}

TEST(Access, ReturnValuesAreTheKernels) {
  EXPECT_SILENT(program({[](AccessWorld& w) {
                  expect(atomic_inc_return(&w.x) == 1, "inc_return: after");
                  expect(atomic_add_return(4, &w.x) == 5, "add_return: after");
                  expect(atomic_sub_return(3, &w.x) == 2, "sub_return: after");
                  expect(!atomic_dec_and_test(&w.x), "2 -> 1");
                  expect(atomic_dec_and_test(&w.x), "1 -> 0");
                  expect(!atomic_inc_not_zero(&w.x), "0 stays 0");
                  expect(atomic_add_negative(-1, &w.x), "0 -> -1");
                  expect(atomic_inc_and_test(&w.x), "-1 -> 0");
                  expect(atomic_add_unless(&w.x, 7, 1), "0 is not 1");
                  expect(xchg(&w.x, 3) == 7, "xchg: before");
                  expect(cmpxchg(&w.x, 4, 9) == 3, "cmpxchg: the value seen");
                  expect(cmpxchg(&w.x, 3, 9) == 3 && atomic_read(&w.x) == 9, "cmpxchg: stored");
                  atomic_add(1, &w.big);
                  expect(atomic_read(&w.big) == 1, "long");
                  expect(!test_and_set_bit(3, &w.bits) && test_bit(3, &w.bits), "bit set");
                  expect(test_and_clear_bit(3, &w.bits) && !test_bit(3, &w.bits), "bit clear");
                  WRITE_ONCE(w.tlb, 5);
                  expect(READ_ONCE(w.tlb) == 5, "coherent");
                }}),
                "");
}

TEST(Access, AcquireAndReleaseOrderPlainData) {
  const auto writer = [](AccessWorld& w) {
    w.data.set(1);
    smp_store_release(&w.x, 1);
  };
  const auto reader = [](AccessWorld& w) {
    if (smp_load_acquire(&w.x) == 1) w.seen_x.set(w.data.get());
  };
  EXPECT_SILENT(program({writer, reader}, what_was_seen), "00", "10");
}

TEST(Access, ReadOnceAndWriteOnceOrderNothing) {
  const auto writer = [](AccessWorld& w) {
    w.data.set(1);
    WRITE_ONCE(w.x, 1);
  };
  const auto reader = [](AccessWorld& w) {
    if (READ_ONCE(w.x) == 1) w.seen_x.set(w.data.get());
  };
  EXPECT_CAUGHT(program({writer, reader}), "data-race");
}

TEST(Access, BarriersOrderPlainData) {
  const auto writer = [](AccessWorld& w) {
    w.data.set(1);
    smp_wmb();
    WRITE_ONCE(w.x, 1);
  };
  const auto reader = [](AccessWorld& w) {
    if (READ_ONCE(w.x) != 1) return;
    smp_rmb();
    w.seen_x.set(w.data.get());
  };
  EXPECT_SILENT(program({writer, reader}, what_was_seen), "00", "10");
}

// On real threads ThreadSanitizer is not told what a barrier orders (docs/limits.md).
void expect_silent_steered(const Program<AccessWorld>& p) {
  for (const Granularity g : kBoth) {
    const Seen s = explore(p, g);
    EXPECT_TRUE(s.clean()) << s.in_words();
    EXPECT_EQ(s.outcome_set(), (std::set<std::string>{"00", "10"}));
  }
}

TEST(Access, ValueReturningAtomicsAreFullBarriers) {
  const auto writer = [](AccessWorld& w) {
    w.data.set(1);
    (void)atomic_inc_return(&w.y);
    WRITE_ONCE(w.x, 1);
  };
  const auto reader = [](AccessWorld& w) {
    if (READ_ONCE(w.x) != 1) return;
    (void)atomic_dec_return(&w.big);
    w.seen_x.set(w.data.get());
  };
  expect_silent_steered(program({writer, reader}, what_was_seen));
}

// The steps of one execution of a program with one task.
unsigned steps_of(const Program<AccessWorld>& p, exec::Memory memory) {
  Runner<AccessWorld> runner(p);
  exec::Settings settings;
  settings.memory = memory;
  const auto strategy = schedule::strategies().front().make({.seed = 1});
  const exec::Result result = exec::run(runner, settings, strategy.get());
  EXPECT_FALSE(result.failure) << result.failure->message;
  return result.steps;
}

// Another task may come between, and schedules stored for other models keep their steps.
TEST(Access, TheFenceBehindAFullyOrderedAtomicIsAStepUnderLkmmOnly) {
  const auto steps = [](const std::function<void(AccessWorld&)>& body) {
    const auto p = program({body});
    const unsigned sc = steps_of(p, exec::Memory::sc);
    EXPECT_EQ(steps_of(p, exec::Memory::weak), sc);
    return steps_of(p, exec::Memory::lkmm) - sc;
  };
  EXPECT_EQ(steps([](AccessWorld& w) { atomic_inc_return(&w.x); }), 1U);
  EXPECT_EQ(steps([](AccessWorld& w) { xchg(&w.x, 1); }), 1U);
  EXPECT_EQ(steps([](AccessWorld& w) { cmpxchg(&w.x, 0, 1); }), 1U);
  EXPECT_EQ(steps([](AccessWorld& w) { cmpxchg(&w.x, 1, 2); }), 0U) << "it fails: no order";
  EXPECT_EQ(steps([](AccessWorld& w) { atomic_inc(&w.x); }), 0U);
  EXPECT_EQ(steps([](AccessWorld& w) { xchg(&w.tlb, 1); }), 0U) << "coherent: no order";
  EXPECT_EQ(steps([](AccessWorld&) { smp_mb__inside_step(); }), 1U);
}

// One side a fence, the other none: ThreadSanitizer has to be told of either (exec/tsan_fence.h).
TEST(Access, ABarrierOnOneSideOrdersWithReleaseOrAcquireOnTheOther) {
  const auto fenced_writer = [](AccessWorld& w) {
    w.data.set(1);
    smp_wmb();
    WRITE_ONCE(w.x, 1);
  };
  const auto acquirer = [](AccessWorld& w) {
    if (smp_load_acquire(&w.x) == 1) w.seen_x.set(w.data.get());
  };
  expect_silent_steered(program({fenced_writer, acquirer}, what_was_seen));

  const auto releaser = [](AccessWorld& w) {
    w.data.set(1);
    smp_store_release(&w.x, 1);
  };
  const auto fenced_reader = [](AccessWorld& w) {
    if (READ_ONCE(w.x) != 1) return;
    smp_rmb();
    w.seen_x.set(w.data.get());
  };
  expect_silent_steered(program({releaser, fenced_reader}, what_was_seen));
}

TEST(Access, CoherentStateOrdersNothingByItself) {
  const auto writer = [](AccessWorld& w) {
    w.data.set(1);
    WRITE_ONCE(w.tlb, 1);
  };
  const auto reader = [](AccessWorld& w) {
    if (READ_ONCE(w.tlb) == 1) w.seen_x.set(w.data.get());
  };
  EXPECT_CAUGHT(program({writer, reader}), "data-race");
}

TEST(Access, BitLockExcludes) {
  const auto body = [](AccessWorld& w) {
    while (test_and_set_bit_lock(0, &w.bits)) sync::relax();
    w.data.set(w.data.get() + 1);
    clear_bit_unlock(0, &w.bits);
  };
  EXPECT_SILENT(
      program({body, body, body}, [](AccessWorld& w) { return std::to_string(w.data.peek()); }),
      "3");
}

}  // namespace

}  // namespace rw::kernel::test

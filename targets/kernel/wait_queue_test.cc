#include "targets/kernel/wait_queue.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct WaitWorld {
  wait_queue_head_t queue;
  sync::atomic<int> ready{0};
  sync::cell<int> data{0};
  spinlock_t lock;
  completion done;
};

// Freed by the waiter.
struct WaitObject {
  completion done;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::WaitWorld, "wait_world", queue, ready, data, lock, done)
RW_TYPE_NAMED(rw::kernel::test::WaitObject, "wait_object", done)

namespace rw::kernel::test {

namespace {

void init(WaitWorld& w) {
  init_waitqueue_head(&w.queue);
  spin_lock_init(&w.lock);
  init_completion(&w.done);
}

void waiter(WaitWorld& w) {
  wait_event(&w.queue, [&w] { return smp_load_acquire(&w.ready) != 0; });
  if (w.data.get() != 7) sync::fail("invariant", {"data"}, "woken before the data was there");
}

void waker(WaitWorld& w) {
  w.data.set(7);
  smp_store_release(&w.ready, 1);
  wake_up(&w.queue);
}

TEST(WaitQueue, NoWakeUpIsLost) {
  const Program<WaitWorld> p{
      .options = {}, .init = init, .bodies = {waiter, waker, waiter}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(WaitQueue, WakerThatLooksFirstNeedsTheBarrierAndHasIt) {
  const auto looking = [](WaitWorld& w) {
    w.data.set(7);
    smp_store_release(&w.ready, 1);
    smp_mb();
    if (waitqueue_active(&w.queue)) wake_up(&w.queue);
  };
  const Program<WaitWorld> p{
      .options = {}, .init = init, .bodies = {waiter, looking}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(WaitQueue, CheckingBeforePreparingLosesTheWakeUp) {
  const auto broken = [](WaitWorld& w) {
    while (READ_ONCE(w.ready) == 0) {
      prepare_to_wait(&w.queue);
      schedule();
    }
    finish_wait(&w.queue);
  };
  const Program<WaitWorld> p{.options = {}, .init = init, .bodies = {broken, waker}, .outcome = {}};
  EXPECT_CAUGHT(p, "lost-wakeup");
  const exec::Failure f = explore(p, Granularity::coarse).example.at("lost-wakeup");
  EXPECT_NE(f.message.find("wait_world#0.queue"), std::string::npos) << f.message;
}

TEST(WaitQueue, LookingForWaitersBeforeSettingTheConditionLosesTheWakeUp) {
  const auto broken = [](WaitWorld& w) {
    const bool active = waitqueue_active(&w.queue);
    w.data.set(7);
    smp_store_release(&w.ready, 1);
    if (active) wake_up(&w.queue);
  };
  const Program<WaitWorld> p{
      .options = {}, .init = init, .bodies = {waiter, broken}, .outcome = {}};
  EXPECT_CAUGHT(p, "lost-wakeup");
}

// As list_empty_careful promises: who finds itself off the list sees what the waker did before.
TEST(WaitQueue, FinishWaitOffTheListIsOrderedAfterTheWaker) {
  const auto leaves = [](WaitWorld& w) {
    prepare_to_wait(&w.queue);
    const bool woken = !waitqueue_active(&w.queue);
    finish_wait(&w.queue);
    if (woken && w.data.get() != 7) sync::fail("invariant", {"data"}, "the waker came too early");
  };
  const auto wakes = [](WaitWorld& w) {
    if (!waitqueue_active(&w.queue)) return;
    w.data.set(7);
    wake_up(&w.queue);
  };
  const Program<WaitWorld> p{.options = {}, .init = init, .bodies = {leaves, wakes}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(WaitQueue, SleepingUnderASpinlockIsCaught) {
  const auto bad = [](WaitWorld& w) {
    spin_lock(&w.lock);
    wait_event(&w.queue, [&w] { return READ_ONCE(w.ready) != 0; });
    spin_unlock(&w.lock);
  };
  const Program<WaitWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "sleep-in-atomic");
}

TEST(Completion, OrdersWhatWasDoneBefore) {
  const auto wait = [](WaitWorld& w) {
    wait_for_completion(&w.done);
    if (w.data.get() != 7) sync::fail("invariant", {"data"}, "completed before it was done");
  };
  const auto finish_it = [](WaitWorld& w) {
    w.data.set(7);
    complete(&w.done);
  };
  const Program<WaitWorld> p{
      .options = {}, .init = init, .bodies = {wait, finish_it}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(Completion, EachCompleteLetsOneThroughAndCompleteAllEverybody) {
  const auto wait = [](WaitWorld& w) { wait_for_completion(&w.done); };
  const auto one = [](WaitWorld& w) { complete(&w.done); };
  const auto all = [](WaitWorld& w) { complete_all(&w.done); };
  const Program<WaitWorld> two_for_two{
      .options = {}, .init = init, .bodies = {wait, wait, one, one}, .outcome = {}};
  EXPECT_SILENT(two_for_two, "");
  const Program<WaitWorld> all_for_two{
      .options = {}, .init = init, .bodies = {wait, wait, all}, .outcome = {}};
  EXPECT_SILENT(all_for_two, "");
  const Program<WaitWorld> one_for_two{
      .options = {}, .init = init, .bodies = {wait, wait, one}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(one_for_two, "lost-wakeup");
}

kmem_cache* g_cache;
WaitObject* g_object;

TEST(Completion, TheWaiterMayFreeIt) {
  const auto wait = [](WaitWorld&) {
    wait_for_completion(&g_object->done);
    kmem_cache_free(g_cache, g_object);
  };
  const auto finish_it = [](WaitWorld&) { complete(&g_object->done); };
  const Program<WaitWorld> p{.options = {},
                             .init =
                                 [](WaitWorld& w) {
                                   init(w);
                                   g_cache = kmem_cache_create<WaitObject>();
                                   g_object = kmem_cache_alloc<WaitObject>(g_cache);
                                   init_completion(&g_object->done);
                                 },
                             .bodies = {wait, finish_it},
                             .outcome = {}};
  EXPECT_SILENT(p, "");
}

// A bare wait queue lacks that: the waiter may leave while the waker is still inside.
TEST(WaitQueue, TheWaiterMayNotFreeIt) {
  const auto wait = [](WaitWorld& w) {
    wait_event(&g_object->done.wait, [&w] { return READ_ONCE(w.ready) != 0; });
    kmem_cache_free(g_cache, g_object);
  };
  const auto wake = [](WaitWorld& w) {
    WRITE_ONCE(w.ready, 1);
    wake_up(&g_object->done.wait);
  };
  const Program<WaitWorld> p{.options = {},
                             .init =
                                 [](WaitWorld& w) {
                                   init(w);
                                   g_cache = kmem_cache_create<WaitObject>();
                                   g_object = kmem_cache_alloc<WaitObject>(g_cache);
                                   init_completion(&g_object->done);
                                 },
                             .bodies = {wait, wake},
                             .outcome = {}};
  EXPECT_CAUGHT(p, "use-after-free");
}

}  // namespace

}  // namespace rw::kernel::test

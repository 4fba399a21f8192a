#include "targets/kernel/mutex.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct MutexWorld {
  mutex lock;
  sync::cell<int> count{0};
  sync::ghost<int> inside;
  sync::ghost<int> order;
};

struct MutexObject {
  mutex lock;
  sync::cell<int> refs{2};
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::MutexWorld, "mutex_world", lock, count)
RW_TYPE_NAMED(rw::kernel::test::MutexObject, "mutex_object", lock, refs)

namespace rw::kernel::test {

namespace {

void init(MutexWorld& w) {
  mutex_init(&w.lock);
}

std::function<void(MutexWorld&)> enter_as(int who) {
  return [who](MutexWorld& w) {
    mutex_lock(&w.lock);
    if (w.inside.add(1) != 1) sync::fail("invariant", {"two inside"}, "two tasks hold the lock");
    w.count.set(w.count.get() + 1);
    might_sleep();
    sync::relax();
    w.order.set(w.order.get() * 10 + who);
    w.inside.add(-1);
    mutex_unlock(&w.lock);
  };
}

TEST(Mutex, ExcludesAndAnyOrderOfWaitersMayCome) {
  const Program<MutexWorld> p{.options = {},
                              .init = init,
                              .bodies = {enter_as(1), enter_as(2), enter_as(3)},
                              .outcome = [](MutexWorld& w) {
                                return std::to_string(w.count.peek()) + ": " +
                                       std::to_string(w.order.get());
                              }};
  EXPECT_SILENT(p, "3: 123", "3: 132", "3: 213", "3: 231", "3: 312", "3: 321");
}

TEST(Mutex, TrylockAndProbe) {
  const auto attempt = [](MutexWorld& w) {
    if (!mutex_trylock(&w.lock)) return;
    if (!mutex_is_locked(&w.lock)) sync::fail("invariant", {"probe"}, "held, but not locked");
    w.count.set(w.count.get() + 1);
    mutex_unlock(&w.lock);
  };
  const Program<MutexWorld> p{
      .options = {}, .init = init, .bodies = {attempt, attempt}, .outcome = [](MutexWorld& w) {
        return std::to_string(w.count.peek());
      }};
  EXPECT_SILENT(p, "1", "2");
}

TEST(Mutex, UnlockByAnotherTaskIsCaught) {
  const auto hold = [](MutexWorld& w) {
    mutex_lock(&w.lock);
    sync::relax();
    mutex_unlock(&w.lock);
  };
  const auto steal = [](MutexWorld& w) { mutex_unlock(&w.lock); };
  const Program<MutexWorld> p{.options = {}, .init = init, .bodies = {hold, steal}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "unlock-not-owner");
}

TEST(Mutex, LockedUnderASpinlockIsCaughtWithoutContention) {
  const auto bad = [](MutexWorld& w) {
    rcu_read_lock();
    mutex_lock(&w.lock);
    mutex_unlock(&w.lock);
    rcu_read_unlock();
  };
  const Program<MutexWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "sleep-in-atomic");
}

TEST(Mutex, NeverInitialisedIsAnUninitialisedRead) {
  const auto use = [](MutexWorld& w) {
    mutex_lock(&w.lock);
    mutex_unlock(&w.lock);
  };
  const Program<MutexWorld> p{.options = {}, .init = {}, .bodies = {use}, .outcome = {}};
  EXPECT_CAUGHT(p, "uninitialised-read");
}

kmem_cache* g_cache;
MutexObject* g_object;

// LWN 575460 ("mutexes and reference counting"): the last one to hold the mutex frees it, while the
// previous holder's mutex_unlock is still in its slow path.
TEST(Mutex, FreeingItAfterHavingHeldItIsUseAfterFree) {
  const auto put = [](MutexWorld&) {
    mutex_lock(&g_object->lock);
    const bool last = g_object->refs.add(-1) == 0;
    mutex_unlock(&g_object->lock);
    if (last) kmem_cache_free(g_cache, g_object);
  };
  const Program<MutexWorld> p{.options = {},
                              .init =
                                  [](MutexWorld&) {
                                    g_cache = kmem_cache_create<MutexObject>();
                                    g_object = kmem_cache_alloc<MutexObject>(g_cache);
                                    mutex_init(&g_object->lock);
                                  },
                              .bodies = {put, put},
                              .outcome = {}};
  EXPECT_CAUGHT(p, "use-after-free");
}

}  // namespace

}  // namespace rw::kernel::test

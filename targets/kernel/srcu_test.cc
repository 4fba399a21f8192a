#include "targets/kernel/srcu.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct Item {
  rcu_head rcu;
  sync::cell<int> value;
};

struct SrcuWorld {
  srcu_struct srcu;
  srcu_struct other;
  mutex lock;
  sync::atomic<Item*> head{nullptr};
  sync::ghost<int> read;
  sync::ghost<int> ran;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::Item, "item", rcu, value)
RW_TYPE_NAMED(rw::kernel::test::SrcuWorld, "srcu_world", srcu, other, lock, head)

namespace rw::kernel::test {

namespace {

kmem_cache* g_cache;
SrcuWorld* g_world;

Item* new_item(int value) {
  Item* i = kmem_cache_alloc<Item>(g_cache);
  i->value.set(value);
  return i;
}

void init(SrcuWorld& w) {
  g_world = &w;
  g_cache = kmem_cache_create<Item>();
  init_srcu_struct(&w.srcu);
  init_srcu_struct(&w.other);
  mutex_init(&w.lock);
  rcu_assign_pointer(w.head, new_item(1));
}

// Sleeps between finding the item and using it.
void sleeping_reader(SrcuWorld& w) {
  const int idx = srcu_read_lock(&w.srcu);
  const Item* i = srcu_dereference(w.head, &w.srcu);
  mutex_lock(&w.lock);
  w.read.set(i->value.get());
  mutex_unlock(&w.lock);
  srcu_read_unlock(&w.srcu, idx);
}

void replace_under(SrcuWorld& w, srcu_struct* domain) {
  Item* old = rcu_access_pointer(w.head);
  rcu_assign_pointer(w.head, new_item(2));
  synchronize_srcu(domain);
  kmem_cache_free(g_cache, old);
}

std::string what_was_read(SrcuWorld& w) {
  return std::to_string(w.read.get());
}

TEST(Srcu, ReadersSleepAndSynchronizeWaitsForThem) {
  const auto replace = [](SrcuWorld& w) { replace_under(w, &w.srcu); };
  const Program<SrcuWorld> p{.options = {},
                             .init = init,
                             .bodies = {sleeping_reader, replace, sleeping_reader},
                             .outcome = what_was_read};
  EXPECT_SILENT(p, "1", "2");
}

TEST(Srcu, AnotherDomainDoesNotWait) {
  const auto replace = [](SrcuWorld& w) { replace_under(w, &w.other); };
  const Program<SrcuWorld> p{
      .options = {}, .init = init, .bodies = {sleeping_reader, replace}, .outcome = {}};
  EXPECT_CAUGHT(p, "use-after-free");
}

TEST(Srcu, CallbacksMaySleepAndRunAfterReaders) {
  const auto replace = [](SrcuWorld& w) {
    Item* old = rcu_access_pointer(w.head);
    rcu_assign_pointer(w.head, new_item(2));
    call_srcu(&w.srcu, &old->rcu, [](rcu_head* head) {
      might_sleep();
      g_world->ran.add(1);
      kmem_cache_free(g_cache, reinterpret_cast<Item*>(head));
    });
  };
  const Program<SrcuWorld> p{.options = {},
                             .init = init,
                             .bodies = {sleeping_reader, replace, sleeping_reader},
                             .outcome = [](SrcuWorld& w) {
                               return std::to_string(w.read.get()) + " ran " +
                                      std::to_string(w.ran.get());
                             }};
  EXPECT_SILENT(p, "1 ran 1", "2 ran 1");
}

TEST(Srcu, SynchronizeInsideASectionOfTheDomainIsMisuse) {
  const auto bad = [](SrcuWorld& w) {
    const int idx = srcu_read_lock(&w.srcu);
    synchronize_srcu(&w.srcu);
    srcu_read_unlock(&w.srcu, idx);
  };
  const Program<SrcuWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "rcu-misuse");
}

TEST(Srcu, SynchronizeInsideASectionOfAnotherDomainIsRight) {
  const auto cross = [](SrcuWorld& w) {
    const int idx = srcu_read_lock(&w.other);
    synchronize_srcu(&w.srcu);
    srcu_read_unlock(&w.other, idx);
  };
  const Program<SrcuWorld> p{
      .options = {}, .init = init, .bodies = {cross, sleeping_reader}, .outcome = what_was_read};
  EXPECT_SILENT(p, "1");
}

TEST(Srcu, WaitingForAReaderThatWaitsForUsIsADeadlockThatNamesBoth) {
  const auto waits_holding = [](SrcuWorld& w) {
    mutex_lock(&w.lock);
    synchronize_srcu(&w.srcu);
    mutex_unlock(&w.lock);
  };
  const Program<SrcuWorld> p{
      .options = {}, .init = init, .bodies = {sleeping_reader, waits_holding}, .outcome = {}};
  EXPECT_CAUGHT(p, "deadlock");
  const exec::Failure f = explore(p, Granularity::coarse).example.at("deadlock");
  EXPECT_NE(f.message.find("srcu_world#0.lock, held by T1"), std::string::npos) << f.message;
  EXPECT_NE(f.message.find("srcu_world#0.srcu, held by T0"), std::string::npos) << f.message;
}

TEST(Srcu, WrongIndexAndUnlockWithoutLockAreMisuse) {
  const auto wrong = [](SrcuWorld& w) {
    const int idx = srcu_read_lock(&w.srcu);
    srcu_read_unlock(&w.srcu, idx + 1);
  };
  const Program<SrcuWorld> p{.options = {}, .init = init, .bodies = {wrong}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "rcu-misuse");
  const auto without = [](SrcuWorld& w) { srcu_read_unlock(&w.srcu, 0); };
  const Program<SrcuWorld> q{.options = {}, .init = init, .bodies = {without}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(q, "rcu-misuse");
}

TEST(Srcu, SectionLeftOpenIsALeak) {
  const auto bad = [](SrcuWorld& w) { (void)srcu_read_lock(&w.srcu); };
  const Program<SrcuWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "lock-leak");
}

}  // namespace

}  // namespace rw::kernel::test

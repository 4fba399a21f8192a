#include "targets/kernel/rcu.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct Node {
  rcu_head rcu;
  sync::cell<int> value;
};

struct RcuWorld {
  sync::atomic<Node*> head{nullptr};
  sync::atomic<int> x{0};
  sync::atomic<int> y{0};
  sync::ghost<int> read;
  sync::ghost<int> ran;
  sync::cell<int> data{0};
  rw_semaphore sem;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::Node, "node", rcu, value)
RW_TYPE_NAMED(rw::kernel::test::RcuWorld, "rcu_world", head, x, y, data, sem)

namespace rw::kernel::test {

namespace {

kmem_cache* g_cache;
RcuWorld* g_world;

Node* new_node(int value) {
  Node* n = kmem_cache_alloc<Node>(g_cache);
  n->value.set(value);
  return n;
}

void init(RcuWorld& w) {
  g_world = &w;
  g_cache = kmem_cache_create<Node>();
  init_rwsem(&w.sem);
  rcu_assign_pointer(w.head, new_node(1));
}

void free_node(rcu_head* head) {
  g_world->ran.add(1);
  kmem_cache_free(g_cache, reinterpret_cast<Node*>(head));
}

void reader(RcuWorld& w) {
  rcu_read_lock();
  const Node* n = rcu_dereference(w.head);
  w.read.set(n->value.get());
  rcu_read_unlock();
}

void replace_and_wait(RcuWorld& w) {
  Node* fresh = new_node(2);
  Node* old = rcu_access_pointer(w.head);
  rcu_assign_pointer(w.head, fresh);
  synchronize_rcu();
  kmem_cache_free(g_cache, old);
}

void replace_and_call(RcuWorld& w) {
  Node* fresh = new_node(2);
  Node* old = rcu_access_pointer(w.head);
  rcu_assign_pointer(w.head, fresh);
  call_rcu(&old->rcu, free_node);
}

std::string what_was_read(RcuWorld& w) {
  return std::to_string(w.read.get());
}

TEST(Rcu, SynchronizeWaitsForReaders) {
  const Program<RcuWorld> p{.options = {},
                            .init = init,
                            .bodies = {reader, replace_and_wait, reader},
                            .outcome = what_was_read};
  EXPECT_SILENT(p, "1", "2");
}

TEST(Rcu, CallbacksRunAfterReaders) {
  const Program<RcuWorld> p{.options = {},
                            .init = init,
                            .bodies = {reader, replace_and_call, reader},
                            .outcome = [](RcuWorld& w) {
                              return std::to_string(w.read.get()) + " ran " +
                                     std::to_string(w.ran.get());
                            }};
  EXPECT_SILENT(p, "1 ran 1", "2 ran 1");
}

TEST(Rcu, WithoutAGracePeriodAReaderUsesFreedMemory) {
  const auto impatient = [](RcuWorld& w) {
    Node* old = rcu_access_pointer(w.head);
    rcu_assign_pointer(w.head, new_node(2));
    kmem_cache_free(g_cache, old);
  };
  const Program<RcuWorld> p{
      .options = {}, .init = init, .bodies = {reader, impatient}, .outcome = {}};
  EXPECT_CAUGHT(p, "use-after-free");
}

TEST(Rcu, AGracePeriodBeforeUnlinkingProtectsNobody) {
  const auto wrong_way_round = [](RcuWorld& w) {
    Node* old = rcu_access_pointer(w.head);
    synchronize_rcu();
    rcu_assign_pointer(w.head, new_node(2));
    kmem_cache_free(g_cache, old);
  };
  const Program<RcuWorld> p{
      .options = {}, .init = init, .bodies = {reader, wrong_way_round}, .outcome = {}};
  EXPECT_CAUGHT(p, "use-after-free");
}

// A section that sees what came after the grace period sees what came before it.
TEST(Rcu, GracePeriodSeparatesTwoStores) {
  const auto writer = [](RcuWorld& w) {
    WRITE_ONCE(w.x, 1);
    synchronize_rcu();
    WRITE_ONCE(w.y, 1);
  };
  const auto look = [](RcuWorld& w) {
    rcu_read_lock();
    const int x = READ_ONCE(w.x);
    const int y = READ_ONCE(w.y);
    rcu_read_unlock();
    w.read.set(x * 10 + y);
  };
  const Program<RcuWorld> p{
      .options = {}, .init = init, .bodies = {look, writer}, .outcome = what_was_read};
  EXPECT_SILENT(p, "0", "10", "11");
}

// The same for plain data: the grace period's start is ordered before a section that begins later,
// although nothing but its relaxed flag tells the section so.
TEST(Rcu, WhatCameBeforeAGracePeriodIsOrderedBeforeLaterSections) {
  const auto writer = [](RcuWorld& w) {
    w.data.set(1);
    synchronize_rcu();
    WRITE_ONCE(w.y, 1);
  };
  const auto look = [](RcuWorld& w) {
    rcu_read_lock();
    if (READ_ONCE(w.y) == 1) w.read.set(w.data.get());
    rcu_read_unlock();
  };
  const Program<RcuWorld> p{
      .options = {}, .init = init, .bodies = {look, writer}, .outcome = what_was_read};
  EXPECT_SILENT(p, "0", "1");
}

TEST(Rcu, ASectionIsOrderedBeforeTheEndOfAGracePeriod) {
  const auto section = [](RcuWorld& w) {
    rcu_read_lock();
    if (READ_ONCE(w.y) == 0) w.data.set(1);
    rcu_read_unlock();
  };
  const auto updater = [](RcuWorld& w) {
    WRITE_ONCE(w.y, 1);
    synchronize_rcu();
    w.read.set(w.data.get());
  };
  const Program<RcuWorld> p{
      .options = {}, .init = init, .bodies = {section, updater}, .outcome = what_was_read};
  EXPECT_SILENT(p, "0", "1");
}

TEST(Rcu, NestedSectionsEndWithTheOuterOne) {
  const auto nested = [](RcuWorld& w) {
    rcu_read_lock();
    const Node* n = rcu_dereference(w.head);
    rcu_read_lock();
    rcu_read_unlock();
    w.read.set(n->value.get());
    rcu_read_unlock();
  };
  const Program<RcuWorld> p{
      .options = {}, .init = init, .bodies = {nested, replace_and_wait}, .outcome = what_was_read};
  EXPECT_SILENT(p, "1", "2");
}

TEST(Rcu, BarrierWaitsForCallbacksOfAllTasks) {
  const auto barrier = [](RcuWorld& w) {
    Node* old = rcu_access_pointer(w.head);
    rcu_assign_pointer(w.head, new_node(2));
    call_rcu(&old->rcu, free_node);
    rcu_barrier();
    if (w.ran.get() < 1) sync::fail("invariant", {"barrier"}, "the callback has not run");
  };
  const Program<RcuWorld> p{
      .options = {}, .init = init, .bodies = {reader, barrier}, .outcome = what_was_read};
  EXPECT_SILENT(p, "1", "2");
}

// Whoever runs a callback sees what came before call_rcu; whoever has waited for it sees what it
// did.
TEST(Rcu, BarrierOrdersCallbacksOfOthersWhoeverRunsThem) {
  const auto queues = [](RcuWorld& w) {
    call_rcu(&READ_ONCE(w.head)->rcu, [](rcu_head* head) {
      g_world->data.set(5);
      free_node(head);
    });
    WRITE_ONCE(w.y, 1);
  };
  const auto waits = [](RcuWorld& w) {
    if (READ_ONCE(w.y) != 1) return;
    rcu_barrier();
    w.read.set(w.data.get());
  };
  const auto holds_up = [](RcuWorld&) {
    rcu_read_lock();
    sync::relax();
    rcu_read_unlock();
  };
  const Program<RcuWorld> p{
      .options = {}, .init = init, .bodies = {queues, waits, holds_up}, .outcome = what_was_read};
  EXPECT_SILENT(p, "0", "5");
}

TEST(Rcu, SynchronizeInsideASectionIsMisuse) {
  const auto bad = [](RcuWorld&) {
    rcu_read_lock();
    synchronize_rcu();
    rcu_read_unlock();
  };
  const Program<RcuWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "rcu-misuse");
}

TEST(Rcu, UnlockWithoutLockAndDereferenceOutsideAreMisuse) {
  const auto unlock = [](RcuWorld&) { rcu_read_unlock(); };
  const Program<RcuWorld> p{.options = {}, .init = init, .bodies = {unlock}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "rcu-misuse");
  const auto outside = [](RcuWorld& w) { (void)rcu_dereference(w.head); };
  const Program<RcuWorld> q{.options = {}, .init = init, .bodies = {outside}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(q, "rcu-misuse");
}

TEST(Rcu, SectionLeftOpenIsALeak) {
  const auto bad = [](RcuWorld&) { rcu_read_lock(); };
  const Program<RcuWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "lock-leak");
}

TEST(Rcu, SleepingInASectionOrACallbackIsCaught) {
  const auto in_section = [](RcuWorld& w) {
    rcu_read_lock();
    down_read(&w.sem);
    up_read(&w.sem);
    rcu_read_unlock();
  };
  const Program<RcuWorld> p{.options = {}, .init = init, .bodies = {in_section}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "sleep-in-atomic");
  const auto in_callback = [](RcuWorld& w) {
    Node* old = rcu_access_pointer(w.head);
    call_rcu(&old->rcu, [](rcu_head*) { might_sleep(); });
  };
  const Program<RcuWorld> q{.options = {}, .init = init, .bodies = {in_callback}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(q, "sleep-in-atomic");
}

}  // namespace

}  // namespace rw::kernel::test

#include "targets/kernel/slab.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct Apple {
  sync::cell<int> seeds;
  sync::atomic<int> weight{0};
};

struct Pear {
  sync::cell<int> shape;
  sync::atomic<int> weight;
};

struct Stable {
  sync::atomic<int> refs;
  sync::atomic<int> constructed;
  spinlock_t lock;
  sync::cell<int> data{0};
};

struct SlabWorld {
  kmem_cache* apples;
  kmem_cache* pears;
  kmem_cache* stables;
  sync::atomic<Apple*> apple{nullptr};
  sync::atomic<Stable*> stable{nullptr};
  sync::ghost<int> found;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::Apple, "apple", seeds, weight)
RW_TYPE_NAMED(rw::kernel::test::Pear, "pear", shape, weight)
RW_TYPE_NAMED(rw::kernel::test::Stable, "stable", refs, constructed, lock, data)
RW_TYPE_NAMED(rw::kernel::test::SlabWorld, "slab_world", apple, stable)

namespace rw::kernel::test {

namespace {

lock_class stable_class{"stable.lock"};

void construct(Stable* s) {
  atomic_set(&s->refs, 0);
  atomic_set(&s->constructed, 1);
  spin_lock_init(&s->lock, stable_class);
}

Stable* new_stable(SlabWorld& w) {
  return kmem_cache_alloc<Stable>(w.stables, GFP_KERNEL, construct);
}

void init(SlabWorld& w) {
  w.apples = kmem_cache_create<Apple>();
  w.pears = kmem_cache_create<Pear>();
  w.stables = kmem_cache_create<Stable>(SLAB_TYPESAFE_BY_RCU);
  Apple* a = kmem_cache_alloc<Apple>(w.apples);
  a->seeds.set(5);
  rcu_assign_pointer(w.apple, a);
  Stable* s = new_stable(w);
  atomic_set(&s->refs, 1);
  rcu_assign_pointer(w.stable, s);
}

Program<SlabWorld> one_task(std::function<void(SlabWorld&)> body, slab_reuse reuse) {
  return {.options = {.reuse = reuse}, .init = init, .bodies = {std::move(body)}, .outcome = {}};
}

TEST(Slab, LifoReuseGivesTheSameMemoryToAnotherType) {
  const auto p = one_task(
      [](SlabWorld& w) {
        Apple* a = READ_ONCE(w.apple);
        kmem_cache_free(w.apples, a);
        void* b = kmem_cache_alloc<Pear>(w.pears);
        expect(b == a, "the pear lies where the apple lay");
        expect(slab_generation(b) == 2, "second use of that memory");
      },
      slab_reuse::lifo);
  EXPECT_SILENT(p, "");
}

TEST(Slab, QuarantineNeverReuses) {
  const auto p = one_task(
      [](SlabWorld& w) {
        Apple* a = READ_ONCE(w.apple);
        kmem_cache_free(w.apples, a);
        for (int i = 0; i < 10; ++i) {
          Apple* b = kmem_cache_alloc<Apple>(w.apples);
          expect(b != a, "memory in quarantine came back");
          kmem_cache_free(w.apples, b);
        }
        expect(!slab_is_live(a) && slab_generation(a) == 1, "it stays dead");
      },
      slab_reuse::quarantine);
  EXPECT_SILENT(p, "");
}

TEST(Slab, TypeStableMemoryIsConstructedOnceAndKeptForItsType) {
  const auto p = one_task(
      [](SlabWorld& w) {
        Stable* s = READ_ONCE(w.stable);
        atomic_set(&s->constructed, 42);
        kmem_cache_free(w.stables, s);
        expect(atomic_read(&s->constructed) == 42, "a freed one may be looked at");
        void* p = kmem_cache_alloc<Pear>(w.pears);
        expect(p != s, "its memory went to another type");
        Stable* again = new_stable(w);
        expect(again == s, "last freed, first out");
        expect(atomic_read(&again->constructed) == 42, "it was constructed again");
        expect(slab_generation(again) == 2, "the oracle cannot tell the two");
      },
      slab_reuse::lifo);
  EXPECT_SILENT(p, "");
}

// A reader takes a reference on whatever it finds, and looks again whether that is what it sought.
TEST(Slab, LookupWithRecheckSurvivesTypeStableReuse) {
  const auto lookup = [](SlabWorld& w) {
    rcu_read_lock();
    Stable* s = rcu_dereference(w.stable);
    if (s != nullptr && atomic_inc_not_zero(&s->refs)) {
      if (rcu_access_pointer(w.stable) == s) {
        spin_lock(&s->lock);
        s->data.set(s->data.get() + 1);
        spin_unlock(&s->lock);
        w.found.set(1);
      }
      if (atomic_dec_and_test(&s->refs)) kmem_cache_free(w.stables, s);
    }
    rcu_read_unlock();
  };
  const auto recycle = [](SlabWorld& w) {
    Stable* s = READ_ONCE(w.stable);
    rcu_assign_pointer(w.stable, nullptr);
    if (atomic_dec_and_test(&s->refs)) kmem_cache_free(w.stables, s);
    Stable* again = new_stable(w);
    spin_lock(&again->lock);
    again->data.set(0);
    spin_unlock(&again->lock);
    atomic_inc_return(&again->refs);
    rcu_assign_pointer(w.stable, again);
  };
  const Program<SlabWorld> p{.options = {},
                             .init = init,
                             .bodies = {lookup, recycle, lookup},
                             .outcome = [](SlabWorld& w) {
                               expect(kmem_cache_live_objects(w.stables) == 1, "one is left");
                               return std::to_string(w.found.get());
                             }};
  EXPECT_SILENT(p, "0", "1");
}

TEST(Slab, DoubleFreeIsCaught) {
  const auto twice = [](SlabWorld& w) {
    Apple* a = READ_ONCE(w.apple);
    kmem_cache_free(w.apples, a);
    kmem_cache_free(w.apples, a);
  };
  EXPECT_CAUGHT_ALWAYS(one_task(twice, slab_reuse::lifo), "double-free");
  const auto stable_twice = [](SlabWorld& w) {
    Stable* s = READ_ONCE(w.stable);
    kmem_cache_free(w.stables, s);
    kmem_cache_free(w.stables, s);
  };
  EXPECT_CAUGHT_ALWAYS(one_task(stable_twice, slab_reuse::quarantine), "double-free");
}

TEST(Slab, FreeToTheWrongCacheIsCaught) {
  const auto wrong = [](SlabWorld& w) { kmem_cache_free(w.pears, READ_ONCE(w.apple)); };
  EXPECT_CAUGHT_ALWAYS(one_task(wrong, slab_reuse::lifo), "double-free");
}

TEST(Slab, UseAfterFreeIsCaughtInBothReuseModes) {
  const auto use = [](SlabWorld& w) {
    Apple* a = READ_ONCE(w.apple);
    kmem_cache_free(w.apples, a);
    (void)a->seeds.get();
  };
  EXPECT_CAUGHT(one_task(use, slab_reuse::lifo), "use-after-free");
  EXPECT_CAUGHT(one_task(use, slab_reuse::quarantine), "use-after-free");
}

TEST(Slab, StaleUseOfMemoryThatCameBackAsAnotherTypeIsCaught) {
  const auto stale_user = [](SlabWorld& w) {
    Apple* a = READ_ONCE(w.apple);
    atomic_inc(&a->weight);
  };
  const auto recycler = [](SlabWorld& w) {
    kmem_cache_free(w.apples, READ_ONCE(w.apple));
    (void)kmem_cache_alloc<Pear>(w.pears);
  };
  const Program<SlabWorld> p{
      .options = {}, .init = init, .bodies = {stale_user, recycler}, .outcome = {}};
  EXPECT_CAUGHT(p, "use-after-free");
}

TEST(Slab, FieldWithoutInitialiserIsUninitialised) {
  const auto read = [](SlabWorld& w) {
    Apple* a = kmem_cache_alloc<Apple>(w.apples);
    expect(atomic_read(&a->weight) == 0, "this one has an initialiser");
    (void)a->seeds.get();
  };
  EXPECT_CAUGHT(one_task(read, slab_reuse::lifo), "uninitialised-read");
}

TEST(Slab, ReusedMemoryIsUninitialisedAgain) {
  const auto read = [](SlabWorld& w) {
    kmem_cache_free(w.apples, READ_ONCE(w.apple));
    (void)kmem_cache_alloc<Apple>(w.apples)->seeds.get();
  };
  EXPECT_CAUGHT(one_task(read, slab_reuse::lifo), "uninitialised-read");
}

TEST(Slab, FreeListsOrderNothingBetweenDifferentObjects) {
  // Both tasks use the allocator around an unprotected write: it must not hide the race.
  const auto body = [](SlabWorld& w) {
    kmem_cache_free(w.pears, kmem_cache_alloc<Pear>(w.pears));
    READ_ONCE(w.apple)->seeds.set(1);
    kmem_cache_free(w.pears, kmem_cache_alloc<Pear>(w.pears));
  };
  const Program<SlabWorld> p{.options = {.reuse = slab_reuse::quarantine},
                             .init = init,
                             .bodies = {body, body},
                             .outcome = {}};
  EXPECT_CAUGHT(p, "data-race");
}

TEST(Slab, TasksHandMemoryOnInOrder) {
  const auto churn = [](SlabWorld& w) {
    for (int i = 0; i < 3; ++i) {
      Pear* p = kmem_cache_alloc<Pear>(w.pears);
      p->shape.set(i);
      sync::relax();
      kmem_cache_free(w.pears, p);
      sync::relax();
    }
  };
  const Program<SlabWorld> p{
      .options = {}, .init = init, .bodies = {churn, churn, churn}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(Slab, TasksHandTypeStableMemoryOnInOrder) {
  const auto churn = [](SlabWorld& w) {
    for (int i = 0; i < 3; ++i) {
      Stable* s = new_stable(w);
      s->data.set(i);
      sync::relax();
      kmem_cache_free(w.stables, s);
      sync::relax();
    }
  };
  const Program<SlabWorld> p{
      .options = {}, .init = init, .bodies = {churn, churn, churn}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(Slab, LeakNamesTheType) {
  const auto leak = [](SlabWorld& w) {
    kmem_cache_free(w.stables, READ_ONCE(w.stable));
    slab_check_leaks();
  };
  EXPECT_CAUGHT_ALWAYS(one_task(leak, slab_reuse::lifo), "leak");
  const Seen seen = explore(one_task(leak, slab_reuse::lifo), Granularity::coarse, 1);
  EXPECT_EQ(seen.example.at("leak").parts, std::vector<std::string>{"apple"});
}

TEST(Slab, AllocationsFailWhenToldAndMaySleep) {
  const auto failing = [](SlabWorld& w) {
    fail_next_allocation(2);
    Pear* first = kmem_cache_alloc<Pear>(w.pears);
    expect(first != nullptr, "the first one succeeds");
    expect(kmem_cache_alloc<Pear>(w.pears) == nullptr, "the second one fails");
    expect(kmem_cache_alloc<Pear>(w.pears) != nullptr, "then injection is off");
    preempt_disable();
    expect(kmem_cache_alloc<Pear>(w.pears, GFP_ATOMIC) != nullptr, "atomic context");
    preempt_enable();
  };
  EXPECT_SILENT(one_task(failing, slab_reuse::lifo), "");
  const auto sleeping = [](SlabWorld& w) {
    preempt_disable();
    (void)kmem_cache_alloc<Pear>(w.pears);
    preempt_enable();
  };
  EXPECT_CAUGHT_ALWAYS(one_task(sleeping, slab_reuse::lifo), "sleep-in-atomic");
}

}  // namespace

}  // namespace rw::kernel::test

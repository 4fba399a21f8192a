#include "targets/kernel/refcount.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct CountedObject {
  refcount_t refs;
  sync::cell<int> data{0};
};

struct RefWorld {
  CountedObject* object = nullptr;
  refcount_t plain;
  sync::ghost<int> got;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::CountedObject, "counted", refs, data)
RW_TYPE_NAMED(rw::kernel::test::RefWorld, "ref_world", plain)

namespace rw::kernel::test {

namespace {

kmem_cache* g_cache;

std::function<void(RefWorld&)> with_references(int n) {
  return [n](RefWorld& w) {
    g_cache = kmem_cache_create<CountedObject>();
    w.object = kmem_cache_alloc<CountedObject>(g_cache);
    refcount_set(&w.object->refs, n);
    refcount_set(&w.plain, n);
  };
}

void put(RefWorld& w) {
  if (refcount_dec_and_test(&w.object->refs)) kmem_cache_free(g_cache, w.object);
}

void use_and_put(RefWorld& w) {
  (void)w.object->data.get();
  put(w);
}

TEST(Refcount, LastPutFreesAfterAllUses) {
  const Program<RefWorld> p{.options = {},
                            .init = with_references(3),
                            .bodies = {use_and_put, use_and_put, put},
                            .outcome = [](RefWorld&) {
                              slab_check_leaks();
                              return "";
                            }};
  EXPECT_SILENT(p, "");
}

TEST(Refcount, RelaxedDecrementDoesNotOrderTheFree) {
  const auto broken = [](RefWorld& w) {
    (void)w.object->data.get();
    if (w.object->refs.refs.fetch_sub(1, sync::order::relaxed) == 1)
      kmem_cache_free(g_cache, w.object);
  };
  const Program<RefWorld> p{
      .options = {}, .init = with_references(2), .bodies = {broken, broken}, .outcome = {}};
  EXPECT_CAUGHT(p, "use-after-free");
}

TEST(Refcount, IncNotZeroFailsOnlyAtZero) {
  const auto drop = [](RefWorld& w) { (void)refcount_dec_and_test(&w.plain); };
  const auto get = [](RefWorld& w) {
    if (!refcount_inc_not_zero(&w.plain)) return;
    w.got.add(1);
    (void)refcount_dec_and_test(&w.plain);
  };
  const Program<RefWorld> p{.options = {},
                            .init = with_references(1),
                            .bodies = {drop, get, get},
                            .outcome = [](RefWorld& w) { return std::to_string(w.got.get()); }};
  EXPECT_SILENT(p, "0", "1", "2");
}

TEST(Refcount, LimitedIncrementFailsAtTheLimitAndAtZero) {
  const auto get = [](RefWorld& w) {
    if (refcount_inc_not_zero_limited_acquire(&w.plain, 2)) w.got.add(1);
  };
  const auto up_to = [&](int n, const char* got) {
    const Program<RefWorld> p{.options = {},
                              .init = with_references(n),
                              .bodies = {get, get},
                              .outcome = [](RefWorld& w) { return std::to_string(w.got.get()); }};
    EXPECT_SILENT(p, got);
  };
  up_to(0, "0");
  up_to(1, "1");
  up_to(2, "0");
}

// Memory that is used anew: whoever finds the count sees what was there before it was set.
TEST(Refcount, SetReleaseAndIncrementAcquireOrderTheObject) {
  const auto make = [](RefWorld& w) {
    w.object->data.set(1);
    refcount_set_release(&w.plain, 1);
  };
  const auto use = [](RefWorld& w) {
    if (!refcount_inc_not_zero_limited_acquire(&w.plain, 9)) return;
    w.got.add(w.object->data.get());
    (void)refcount_dec_and_test(&w.plain);
  };
  Program<RefWorld> p{
      .options = {}, .init = with_references(0), .bodies = {make, use}, .outcome = [](RefWorld& w) {
        return std::to_string(w.got.get());
      }};
  EXPECT_SILENT(p, "0", "1");
  p.bodies[1] = [](RefWorld& w) {
    if (refcount_inc_not_zero(&w.plain)) w.got.add(w.object->data.get());
  };
  EXPECT_CAUGHT(p, "data-race");
}

TEST(Refcount, AWriterAddsAndTakesBackUnlessTheCountIsZero) {
  const auto drop = [](RefWorld& w) { (void)refcount_dec_and_test(&w.plain); };
  const auto writer = [](RefWorld& w) {
    if (!refcount_add_not_zero(8, &w.plain))
      w.got.set(1);
    else
      w.got.set(refcount_sub_and_test(8, &w.plain) ? 2 : 3);
  };
  const Program<RefWorld> p{.options = {},
                            .init = with_references(1),
                            .bodies = {drop, writer},
                            .outcome = [](RefWorld& w) { return std::to_string(w.got.get()); }};
  EXPECT_SILENT(p, "1", "2", "3");
}

TEST(Refcount, UnderflowIsCaught) {
  const auto drop = [](RefWorld& w) { (void)refcount_dec_and_test(&w.plain); };
  const Program<RefWorld> p{
      .options = {}, .init = with_references(1), .bodies = {drop, drop}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "refcount");
  const exec::Failure f = explore(p, Granularity::fine, 1).example.at("refcount");
  EXPECT_EQ(f.parts, (std::vector<std::string>{"underflow", "ref_world.plain", "lambda"}));
}

TEST(Refcount, IncrementFromZeroIsCaught) {
  const auto drop = [](RefWorld& w) { (void)refcount_dec_and_test(&w.plain); };
  const auto blind = [](RefWorld& w) {
    refcount_inc(&w.plain);
    (void)refcount_dec_and_test(&w.plain);
  };
  const Program<RefWorld> p{
      .options = {}, .init = with_references(1), .bodies = {drop, blind}, .outcome = {}};
  EXPECT_CAUGHT(p, "refcount");
}

}  // namespace

}  // namespace rw::kernel::test

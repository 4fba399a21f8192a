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

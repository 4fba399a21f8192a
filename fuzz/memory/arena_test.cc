// Names and lifetimes of what lies in the arena.
#include "fuzz/memory/arena.h"

#include <gtest/gtest.h>

#include "fuzz/memory/race_detector.h"
#include "fuzz/sync/fail.h"

namespace {

struct Page {
  int mapcount = 0;
  int flags = 0;
};

rw::sync::site plain_function() {
  return rw::sync::site::current();
}
int* pointer_returning(rw::sync::site& out) {
  out = rw::sync::site::current();
  return nullptr;
}
template <typename T>
rw::sync::site template_function(T) {
  return rw::sync::site::current();
}
struct Walker {
  static rw::sync::site walk(const char*, void (*)(int)) { return rw::sync::site::current(); }
};

}  // namespace

std::string flags_in_words(std::uint64_t flags) {
  return flags == 1 ? "dirty" : "clean";
}
template <>
inline constexpr rw::sync::value_words rw::sync::words_of<&Page::flags> = flags_in_words;
RW_TYPE_NAMED(Page, "page", mapcount, flags)

namespace {

using namespace rw;

TEST(FunctionName, IsTheLastComponentWithoutParametersAndTemplateArguments) {
  EXPECT_EQ(sync::function_name(plain_function()), "plain_function");
  sync::site s;
  pointer_returning(s);
  EXPECT_EQ(sync::function_name(s), "pointer_returning");
  EXPECT_EQ(sync::function_name(template_function(1)), "template_function");
  EXPECT_EQ(sync::function_name(Walker::walk("", nullptr)), "walk");
  EXPECT_EQ(sync::function_name([] { return sync::site::current(); }()), "lambda");
}

TEST(SiteKey, LeadsBackToTheSite) {
  const sync::site s = plain_function();
  const sync::site back = memory::site_of(memory::site_key(s));
  EXPECT_EQ(back.line(), s.line());
  EXPECT_STREQ(back.function_name(), s.function_name());
}

struct Arena : testing::Test {
  memory::TaskClocks clocks;
  memory::SiteKey here = memory::site_key(sync::site::current());
  Arena() { memory::arena_begin_execution(); }
  Page* born() {
    auto* p = static_cast<Page*>(memory::arena_reserve(sizeof(Page), 16));
    EXPECT_FALSE(memory::object_born(p, sizeof(Page), sync::type_of<Page>(), 0, clocks, here));
    return p;
  }
};

TEST_F(Arena, NamesComeFromTheTypeTheOrderOfBirthAndTheField) {
  Page* first = born();
  Page* second = born();
  EXPECT_EQ(memory::name_of(&first->mapcount), "page#0.mapcount");
  EXPECT_EQ(memory::name_of(&second->flags), "page#1.flags");
  EXPECT_EQ(memory::class_of(&second->flags), "page.flags");
  EXPECT_EQ(memory::name_of(nullptr), "nothing (0x0)");
}

TEST_F(Arena, AFieldMaySayWhatItsValuesMean) {
  Page* p = born();
  EXPECT_EQ(memory::value_in_words(&p->flags, 1), "dirty");
  EXPECT_EQ(memory::value_in_words(&p->flags, 0), "clean");
  EXPECT_EQ(memory::value_in_words(&p->mapcount, 1), "");
  EXPECT_EQ(memory::value_in_words(nullptr, 1), "");
  memory::arena_begin_execution();
  EXPECT_EQ(memory::value_in_words(&p->flags, 1), "");
}

TEST_F(Arena, AReusedBlockIsANewObjectAndTheNextExecutionForgetsBoth) {
  Page* p = born();
  ASSERT_FALSE(memory::object_died(p, 0, clocks, here));
  ASSERT_FALSE(memory::object_born(p, sizeof(Page), sync::type_of<Page>(), 0, clocks, here));
  EXPECT_EQ(memory::name_of(&p->flags), "page#1.flags");
  memory::arena_begin_execution();
  EXPECT_EQ(memory::name_of(&p->flags).substr(0, 6), "memory");
}

TEST_F(Arena, MemoryIsZeroAgainInEachExecution) {
  auto* bytes = static_cast<unsigned char*>(memory::arena_reserve(256, 16));
  bytes[100] = 7;
  memory::arena_begin_execution();
  const auto* again = static_cast<unsigned char*>(memory::arena_reserve(256, 16));
  EXPECT_EQ(bytes, again);
  EXPECT_EQ(again[100], 0);
}

TEST_F(Arena, AStaleUseOfAReusedBlockIsUseAfterFreeNotARace) {
  Page* p = born();
  memory::TaskClocks other;
  ASSERT_FALSE(memory::object_died(p, 0, clocks, here));
  ++clocks.current[0];
  ASSERT_FALSE(memory::object_born(p, sizeof(Page), sync::type_of<Page>(), 0, clocks, here));
  memory::Location& l = memory::location_at(memory::offset_of(p));
  ASSERT_FALSE(memory::use_in_order(l, 1, other, memory::Use::atomic_write, here));
  EXPECT_EQ(memory::explain(l, 1, other, memory::Use::atomic_write).kind,
            memory::ViolationKind::use_after_free);
}

}  // namespace

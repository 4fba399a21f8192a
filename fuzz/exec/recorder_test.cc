// What a recorded trace says of plain fields, which are accessed after the seam has been passed.
#include <gtest/gtest.h>

#include "fuzz/exec/execution.h"
#include "fuzz/memory/arena.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/sync/sync.h"

namespace {

struct Large {
  std::uint64_t words[2];
};

struct Plain {
  rw::sync::cell<int> number{0};
  rw::sync::cell<std::uint8_t> byte{0};
  rw::sync::cell<std::uint64_t> word{0};
  rw::sync::cell<Plain*> inside{nullptr};
  rw::sync::cell<const char*> outside{nullptr};
  rw::sync::cell<Large> large{Large{}};
};

}  // namespace

RW_TYPE_NAMED(Plain, "plain", number, byte, word, inside, outside, large)

namespace {

using namespace rw;
using exec::Event;
using exec::EventKind;

struct OneTask : exec::Tasks {
  explicit OneTask(void (*body)(Plain&)) {
    before = [this] { p = sync::make<Plain>(); };
    bodies = {[this, body] { body(*p); }};
  }
  Plain* p = nullptr;
};

// The plain accesses of the task, as the trace has them.
std::vector<Event> accesses(void (*body)(Plain&)) {
  OneTask task(body);
  exec::Settings settings;
  settings.record_trace = true;
  const auto strategy = schedule::strategies().front().make({.seed = 1});
  const exec::Result result = exec::run(task, settings, strategy.get());
  EXPECT_FALSE(result.failure);
  std::vector<Event> found;
  for (const Event& e : result.trace.events)
    if (e.phase == 1 && (e.kind == EventKind::plain_read || e.kind == EventKind::plain_write))
      found.push_back(e);
  return found;
}

TEST(Recorder, APlainWriteHasTheValueThatItLeaves) {
  const auto found = accesses([](Plain& p) {
    p.number.set(7);
    p.number.add(-8);
    p.byte.set(200);
    p.word.set(1ULL << 40);
  });
  ASSERT_EQ(found.size(), 4u);
  const std::uint64_t values[] = {7, 0xffffffff, 200, 1ULL << 40};
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].kind, EventKind::plain_write);
    EXPECT_TRUE(found[i].known);
    EXPECT_EQ(found[i].after, values[i]) << "write " << i;
  }
}

TEST(Recorder, APlainReadHasTheValueThatItSees) {
  const auto found = accesses([](Plain& p) {
    p.number.set(3);
    (void)p.number.get();
    p.number.set(4);
  });
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[1].kind, EventKind::plain_read);
  EXPECT_TRUE(found[1].known);
  EXPECT_EQ(found[1].after, 3u) << "not what was written later";
}

TEST(Recorder, APointerIsKeptIfItIsTheSameInEveryProcess) {
  const auto found = accesses([](Plain& p) {
    p.inside.set(&p);
    p.outside.set("a literal");
    p.outside.set(nullptr);
  });
  ASSERT_EQ(found.size(), 3u);
  EXPECT_TRUE(found[0].known);
  EXPECT_EQ(found[0].after - memory::kArenaBase, found[0].location - offsetof(Plain, inside));
  EXPECT_FALSE(found[1].known);
  EXPECT_TRUE(found[2].known) << "NULL is the same everywhere";
}

TEST(Recorder, AFieldOfMoreThanAWordHasNoValue) {
  const auto found = accesses([](Plain& p) { p.large.set({{1, 2}}); });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_FALSE(found[0].known);
}

}  // namespace

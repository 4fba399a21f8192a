// What traces say of packed values.
#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

// What `field` of the objects of its type became, change by change, in the run of one task's ops.
std::vector<std::string> became(const std::string& field, const std::string& ops) {
  const program::Program p = program_of("default", "T0:\n" + ops + "schedule:\n  T0 until end\n");
  schedule::Replay strategy(p.schedule.decisions);
  program::ProgramWorkload workload(p);
  exec::Settings settings;
  settings.record_trace = true;
  const exec::Result result = exec::run(workload, settings, &strategy);
  EXPECT_FALSE(result.failure) << describe(result);
  std::vector<std::string> values;
  for (const exec::Event& e : result.trace.events)
    if (e.phase == 1 && e.before != e.after && e.object.ends_with(field) &&
        (e.kind == exec::EventKind::store || e.kind == exec::EventKind::rmw))
      values.push_back(e.after_words);
  return values;
}

using Values = std::vector<std::string>;

TEST(InWords, APteSaysWhatItMapsAndHow) {
  EXPECT_EQ(became(".pte", "  cpu_read mm0 0x3\n  cpu_write mm0 0x3\n"),
            (Values{"page#0|y", "none", "page#5|wy", "page#5|wyd"}));
}

TEST(InWords, AReclaimedPageLeavesASwapEntry) {
  const Values values = became(".pte", "  cpu_write mm0 0x0\n  reclaim lru1\n");
  ASSERT_FALSE(values.empty());
  EXPECT_EQ(values.back(), "swap 0");
}

TEST(InWords, APmdIsATableOrAHugePage) {
  const Values table = became(".pgd", "  mmap mm0 0x4 2 anon\n  cpu_write mm0 0x4\n");
  ASSERT_FALSE(table.empty());
  EXPECT_TRUE(table.front().starts_with("pte_table#")) << table.front();
  const Values huge = became(".pgd", "  mmap mm0 0x4 2 huge\n  cpu_write mm0 0x4\n");
  ASSERT_FALSE(huge.empty());
  EXPECT_EQ(huge.front(), "huge page#5|wy");
}

TEST(InWords, AHugePmdThatIsBeingReplacedIsInvalid) {
  const Values pmd = became(".pgd", "  mmap mm0 0x4 2 huge\n  cpu_write mm0 0x4\n  migrate lru0\n");
  EXPECT_EQ(pmd, (Values{"huge page#5|wy", "huge page#5|wyd", "invalid huge page#5|wyd",
                         "huge page#7|wy"}));
}

TEST(InWords, FlagsAreNames) {
  EXPECT_EQ(became(".flags", "  mmap mm0 0x4 2 huge\n  cpu_write mm0 0x4\n"),
            (Values{"head", "tail"}));
}

}  // namespace

}  // namespace rw::mm::test

#include "fuzz/report/summary.h"

#include <gtest/gtest.h>

#include "fuzz/report/stacks.h"
#include "fuzz/report/story.h"

namespace rw::report {
namespace {

exec::Failure two_tasks() {
  exec::Failure f;
  f.kind = "invariant";
  f.message = "count is 2";
  f.where = {"targets/mm/zap.cc", "check_count", 214};
  f.task = 1;
  exec::TaskStatus waiting;
  waiting.task = 0;
  waiting.op_text = "munmap mm0 0x00 4";
  waiting.operations = {"down_write mm#0.mmap_sem"};
  waiting.state = "waits for mm#0.mmap_sem, held by T1";
  waiting.where = {"targets/mm/mmap.cc", "munmap", 12};
  exec::TaskStatus failing;
  failing.task = 1;
  failing.op_text = "truncate f0 0";
  failing.state = "running";
  failing.where = {"targets/mm/zap.cc", "zap_page_range", 200};
  exec::TaskStatus finished;
  finished.task = 2;
  finished.op_text = "fork mm0";
  finished.state = "finished";
  f.tasks = {waiting, failing, finished};
  return f;
}

TEST(Stacks, OneLinePerTaskWithOpOperationStateAndPlace) {
  EXPECT_EQ(stacks(two_tasks(), 140),
            "T0 munmap mm0 0x00 4 > down_write mm#0.mmap_sem   waits for mm#0.mmap_sem, held by T1"
            "   targets/mm/mmap.cc:12\n"
            "T1 truncate f0 0 > check_count                    failed here                        "
            "   targets/mm/zap.cc:214\n"
            "T2 fork mm0                                       finished\n");
}

TEST(Stacks, NarrowOnesLoseTheFolderFirst) {
  EXPECT_EQ(stacks(two_tasks(), 100),
            "T0 munmap mm0 0x00 4 > down_write mm#0.mmap_sem   waits for mm#0.mmap_sem, held by T1"
            "   mmap.cc:12\n"
            "T1 truncate f0 0 > check_count                    failed here                        "
            "   zap.cc:214\n"
            "T2 fork mm0                                       finished\n");
}

TEST(Stacks, NothingIfNoTasksAreListed) {
  EXPECT_EQ(stacks(exec::Failure{}, 100), "");
}

TEST(Summary, ProgramTableStacksAndLinesToPasteInThisOrder) {
  Story story;
  story.op(0, "truncate f0 0");
  story.op(1, "fork mm0");
  story.change(0, "x#1.count", 0, 2);
  exec::Failure failure = two_tasks();
  failure.tasks.clear();
  failure.task = 0;
  failure.step = story.step;
  failure.where = story.here();
  Summary s;
  s.program = "# racewalk 1\ntarget: mm";
  s.failure = &failure;
  s.trace = &story.trace;
  s.key = "k1-invariant-00000000";
  s.file = "out/k1-invariant-00000000.race";
  s.command = "build/bin/racewalk";
  s.table.width = 80;
  EXPECT_EQ(summary(s), R"(# racewalk 1
target: mm

invariant  count is 2                                      k1-invariant-00000000
       T0 truncate f0 0      T1 fork mm0
  3      x#1.count 0 -> 2                   <- invariant   targets/mm/zap.cc:103

Replay: build/bin/racewalk replay out/k1-invariant-00000000.race
Shrink: build/bin/racewalk shrink out/k1-invariant-00000000.race
)");
}

TEST(Summary, WithoutTraceAndFileItIsTheHeaderAndTheStacks) {
  exec::Failure failure = two_tasks();
  failure.tasks.resize(1);
  Summary s;
  s.failure = &failure;
  s.key = "k1-invariant-00000000";
  s.table.width = 100;
  const std::string text = summary(s);
  EXPECT_EQ(text.find("Replay"), std::string::npos);
  EXPECT_NE(text.find("k1-invariant-00000000\n"), std::string::npos);
  EXPECT_NE(text.find("T0 munmap"), std::string::npos);
}

TEST(CommandLines, AShellReadsTheFileNameBack) {
  EXPECT_EQ(command_lines("racewalk", "a b/it's.race"),
            "Replay: racewalk replay 'a b/it'\\''s.race'\n"
            "Shrink: racewalk shrink 'a b/it'\\''s.race'\n");
}

}  // namespace
}  // namespace rw::report

#include "fuzz/report/table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "fuzz/memory/arena.h"
#include "fuzz/report/story.h"

namespace rw::report {
namespace {

using exec::EventKind;
using exec::Failure;

exec::TaskStatus status(unsigned task, std::string op, std::string state) {
  exec::TaskStatus s;
  s.task = task;
  s.op_text = std::move(op);
  s.state = std::move(state);
  s.where = {"targets/mm/rmap.cc", "page_lock_anon_vma", 40 + task};
  return s;
}

// Truncate looks for subscribers, finds none; one registers and maps the page; truncate frees it.
Story stale_secondary() {
  Story s;
  s.phase = 0;
  s.op(0, "mm0 = mm_new");
  s.op(0, "mmap mm0 0x00 4 file f0");
  s.op_end(0, "skipped: no room");
  s.phase = 1;
  s.op(0, "truncate f0 0");
  s.op(1, "d0 = register mm0 kvm");
  s.lock(0, "spin_lock", "f0#1.i_mmap");
  s.note(0, "no subscriber: range_start skipped");
  s.change(1, "mm#1.notifiers", 0, 1);
  s.op_end(1);
  s.op(1, "secondary_fault d0 0x00");
  s.note(1, "install d0[0x00] -> page#1");
  s.op_end(1);
  s.read(0, "page#1.mapcount", 0);  // decides nothing and is not overtaken: hidden
  s.change(0, "pte#1.value", 1, 0);
  s.unlock(0, "spin_unlock", "f0#1.i_mmap");
  s.event(EventKind::died, 0, "page#1.flags");
  return s;
}

Failure stale_secondary_failure(const Story& s) {
  Failure f;
  f.kind = "stale-secondary";
  f.parts = {"page", "secondary"};
  f.message = "page#1 freed while device d0 maps it";
  f.where = s.here();
  f.task = 0;
  f.step = s.step;
  f.tasks = {status(0, "truncate f0 0", "running"), status(1, "", "finished")};
  return f;
}

TEST(TwoColumn, TellsTheStoryOfAStaleSecondaryMapping) {
  const Story s = stale_secondary();
  EXPECT_EQ(
      two_column(s.trace, stale_secondary_failure(s), "k1-stale-secondary-5be1a2c4", {}),
      R"(stale-secondary  page#1 freed while device d0 maps it                    k1-stale-secondary-5be1a2c4
set-up: mm0 = mm_new; mmap mm0 0x00 4 file f0 (skipped: no room)
       T0 truncate f0 0                        T1
  7  |   spin_lock f0#1.i_mmap
 10  |   no subscriber: range_start skipped
 11  |                                         d0 = register mm0 kvm
 11  |                                           mm#1.notifiers 0 -> 1
 14  |                                         secondary_fault d0 0x00
 14  |                                           install d0[0x00] -> page#1
 17  |   pte#1.value 1 -> 0
 19  |   spin_unlock f0#1.i_mmap
 22      frees page#1                                     <- stale-secondary   targets/mm/zap.cc:122
)");
}

TEST(TwoColumn, NoLineIsLongerThanTheWidth) {
  const Story s = stale_secondary();
  for (const unsigned width : {40U, 41U, 60U, 77U, 80U, 100U, 160U}) {
    std::istringstream lines(two_column(s.trace, stale_secondary_failure(s),
                                        "k1-stale-secondary-5be1a2c4", {.width = width}));
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), width) << line;
      EXPECT_TRUE(line.empty() || line.back() != ' ') << "trailing blanks: '" << line << "'";
    }
  }
}

TEST(TwoColumn, ColourOnlyAddsEscapes) {
  const Story s = stale_secondary();
  const Failure f = stale_secondary_failure(s);
  std::string colored = two_column(s.trace, f, "key", {.color = true});
  EXPECT_NE(colored.find("\x1b[1;31m"), std::string::npos);
  for (std::size_t at; (at = colored.find('\x1b')) != std::string::npos;)
    colored.erase(at, colored.find('m', at) - at + 1);
  EXPECT_EQ(colored, two_column(s.trace, f, "key", {}));
}

// Two tasks read a counter and each writes back its own sum.
TEST(TwoColumn, ShowsAReadThatIsOvertakenAndTheWriteThatFollows) {
  Story s;
  s.op(0, "increment");
  s.op(1, "increment");
  s.read(0, "c#1.other", 5);  // nobody changes it: hidden
  s.read(0, "c#1.count", 0);
  s.read(1, "c#1.count", 0);
  s.change(1, "c#1.count", 0, 1);
  s.change(0, "c#1.count", 1, 1);
  EXPECT_EQ(two_column(s.trace, {}), R"(       T0 increment             T1 increment
  4      reads c#1.count = 0
  6                               c#1.count 0 -> 1
  7      c#1.count 1 -> 1
)");
}

TEST(TwoColumn, ReadOfANewValueWithoutALockIsShownOnce) {
  Story s;
  s.op(0, "publish");
  s.op(1, "poll");
  s.change(0, "box#1.ready", 0, 1);
  s.read(1, "box#1.ready", 1);
  s.read(1, "box#1.ready", 1);
  const std::string table = two_column(s.trace, {});
  EXPECT_NE(table.find("reads box#1.ready = 1"), std::string::npos);
  EXPECT_EQ(table.find("reads"), table.rfind("reads"));
}

TEST(TwoColumn, AStaleLoadSaysWhatTheNewestValueIs) {
  Story s;
  s.op(0, "writer");
  s.op(1, "reader");
  s.change(0, "world#0.flag", 0, 7);
  s.choose(1, "stale_load", 1);
  s.read(1, "world#0.flag", 0);
  s.choose(1, "stale_load", 0);  // the newest one: nothing to say
  s.read(1, "world#0.flag", 7);
  const std::string text = two_column(s.trace, Failure(), "", {});
  EXPECT_NE(text.find("stale: by now it is 7"), std::string::npos) << text;
  EXPECT_NE(text.find("reads world#0.flag = 0"), std::string::npos) << text;
  EXPECT_EQ(text.find("choice"), std::string::npos) << text;
}

TEST(TwoColumn, AStoreBehindWhichANewerOneStandsSaysSo) {
  Story s;
  s.op(0, "first");
  s.op(1, "second");
  s.change(0, "world#0.flag", 0, 7);
  s.choose(1, "early_store", 1);
  s.change(1, "world#0.flag", 0, 5);
  s.choose(0, "stale_load", 1);
  s.read(0, "world#0.flag", 5);
  const std::string text = two_column(s.trace, Failure(), "", {});
  EXPECT_NE(text.find("in front of the newest value, 7"), std::string::npos) << text;
  EXPECT_NE(text.find("stale: by now it is 7"), std::string::npos) << text;
}

TEST(TwoColumn, DeadlockMarksEachWaitingTaskWithTheHolder) {
  Story s;
  s.op(0, "ab");
  s.op(1, "ba");
  s.lock(0, "mutex_lock", "pair#1.a");
  s.lock(1, "mutex_lock", "pair#1.b");
  s.blocks(0, "mutex_lock", "pair#1.b");
  s.blocks(1, "mutex_lock", "pair#1.a");
  Failure f;
  f.kind = "deadlock";
  f.message = "T0 waits for pair#1.b, held by T1; T1 waits for pair#1.a, held by T0";
  f.tasks = {status(0, "ab", "waits for pair#1.b, held by T1"),
             status(1, "ba", "waits for pair#1.a, held by T0")};
  EXPECT_EQ(
      two_column(s.trace, f, "k1-deadlock-00000000", {}),
      R"(deadlock  T0 waits for pair#1.b, held by T1; T1 waits for pair#1.a, held by T0  k1-deadlock-00000000
       T0 ab                           T1 ba
  4  |   mutex_lock pair#1.a
  8  |                               |   mutex_lock pair#1.b
 12  |   mutex_lock pair#1.b: waits                            <- held by T1   targets/mm/zap.cc:111
 14  |                               |   mutex_lock pair#1.a: waits       <- held by T0   zap.cc:113
)");
}

TEST(TwoColumn, RaceMarksBothAccesses) {
  Story s;
  s.op(0, "grow");
  s.op(1, "clone");
  s.event(EventKind::plain_write, 0, "vma#1.start").where.function = "expand";
  s.change(1, "vma#2.unrelated", 0, 7);
  Failure f;
  f.kind = "data-race";
  f.parts = {"vma.start", "clone", "expand"};
  f.symmetric = true;
  f.message = "vma#1.start: written by T0 in expand, and used by T1 in clone";
  f.where = {"targets/mm/vma.cc", "clone", 77};
  f.task = 1;
  f.step = s.step + 1;
  f.tasks = {status(0, "grow", "can run"), status(1, "clone", "running")};
  EXPECT_EQ(
      two_column(s.trace, f, "k1-data-race-00000000", {}),
      R"(data-race  vma#1.start: written by T0 in expand, and used by T1 in clone       k1-data-race-00000000
       T0 grow                 T1 clone
  3      writes vma#1.start                             <- races with step 5   targets/mm/zap.cc:103
  4                              vma#2.unrelated 0 -> 7
  5                              uses vma#1.start                <- data-race   targets/mm/vma.cc:77
)");
}

TEST(TwoColumn, WaitingAndGettingALockAreTwoRowsIfOthersRunBetween) {
  Story s;
  s.op(0, "a");
  s.op(1, "b");
  s.lock(0, "down_write", "mm#1.mmap_sem");
  s.blocks(1, "down_read", "mm#1.mmap_sem");
  s.change(0, "mm#1.users", 1, 2);
  s.unlock(0, "up_write", "mm#1.mmap_sem");
  s.event(EventKind::wake, 1, "mm#1.mmap_sem");
  s.event(EventKind::acquired, 1, "mm#1.mmap_sem").before = 1;
  s.event(EventKind::operation_end, 1, "mm#1.mmap_sem");
  s.change(1, "mm#1.users", 2, 3);
  EXPECT_EQ(two_column(s.trace, {}), R"(       T0 a                          T1 b
  4  |   down_write mm#1.mmap_sem
  8  |                                 down_read mm#1.mmap_sem: waits
  9  |   mm#1.users 1 -> 2
 11  |   up_write mm#1.mmap_sem
 15                                |   gets mm#1.mmap_sem
 17                                |   mm#1.users 2 -> 3
)");
}

TEST(TwoColumn, ALockTakenAndDroppedWithNothingInBetweenIsOneRow) {
  Story s;
  s.op(0, "a");
  s.op(1, "b");
  s.lock(0, "spin_lock", "x#1.lock");
  s.unlock(0, "spin_unlock", "x#1.lock");
  s.lock(1, "spin_lock", "x#1.lock");
  s.change(1, "x#1.count", 0, 1);
  s.unlock(1, "spin_unlock", "x#1.lock");
  EXPECT_EQ(two_column(s.trace, {}), R"(       T0 a                                 T1 b
  4  |   spin_lock x#1.lock, spin_unlock
 12                                       |   spin_lock x#1.lock
 15                                       |   x#1.count 0 -> 1
 17                                       |   spin_unlock x#1.lock
)");
}

TEST(TwoColumn, AnOracleMarksTheNoteOfWhatItWatched) {
  Story s;
  s.op(0, "free");
  s.note(0, "free page#1");
  Failure f;
  f.kind = "stale-secondary";
  f.message = "page#1 is freed while kvm#0 maps it";
  f.where = {"targets/mm/oracle.cc", "page_freed", 7};
  f.step = s.step;
  f.tasks = {status(0, "free", "running")};
  EXPECT_EQ(two_column(s.trace, f, "k1-stale-secondary-00000000", {.width = 80}),
            R"(stale-secondary                                      k1-stale-secondary-00000000
  page#1 is freed while kvm#0 maps it
       T0 free
  2      free page#1                 <- stale-secondary   targets/mm/oracle.cc:7
)");
}

TEST(TwoColumn, PointersAreObjectNamesAndNegativeNumbersNegative) {
  Story s;
  s.event(EventKind::born, 0, "anon_vma#1.root").location = 64;
  s.change(0, "vma#1.anon_vma", 0, memory::kArenaBase + 64);
  s.change(0, "page#1.mapping", 0, memory::kArenaBase + 64 + 1);
  s.change(0, "page#1.mapcount", 0, 0xffffffff);
  const std::string table = two_column(s.trace, {});
  EXPECT_NE(table.find("vma#1.anon_vma NULL -> anon_vma#1\n"), std::string::npos) << table;
  EXPECT_NE(table.find("page#1.mapping NULL -> anon_vma#1|1\n"), std::string::npos) << table;
  EXPECT_NE(table.find("page#1.mapcount 0 -> -1\n"), std::string::npos) << table;
}

TEST(TwoColumn, RepetitionsAreShownOnce) {
  Story s;
  s.op(0, "spin");
  s.op(1, "spin");
  for (unsigned i = 0; i < 1000; ++i) {
    s.change(0, "x#1.turn", 0, 1);
    s.change(1, "x#1.turn", 1, 0);
  }
  EXPECT_EQ(two_column(s.trace, {}), R"(       T0 spin               T1 spin
  3      x#1.turn 0 -> 1
  4                            x#1.turn 1 -> 0
       ... these 2 rows 999 times more
)");
}

TEST(TwoColumn, AVeryLongRunLosesItsMiddleAndSaysSo) {
  Story s;
  s.op(0, "count");
  s.op(1, "count");
  for (unsigned i = 0; i < 1000; ++i) s.change(i % 2, "x#1.count", i, i + 1);
  const std::string table = two_column(s.trace, {.most_rows = 30});
  EXPECT_NE(table.find("... 970 rows left out"), std::string::npos);
  EXPECT_NE(table.find("x#1.count 999 -> 1000"), std::string::npos) << "the end matters most";
  EXPECT_LT(std::count(table.begin(), table.end(), '\n'), 40);
}

TEST(TwoColumn, RowsOfOneTaskAloneFoldInALongTable) {
  Story s;
  s.op(0, "work");
  s.op(1, "work");
  for (unsigned i = 0; i < 60; ++i) s.change(0, "mine#1.count", i, i + 1);
  s.change(1, "shared#1.count", 0, 1);
  s.change(0, "shared#1.count", 1, 2);
  const std::string table = two_column(s.trace, {});
  EXPECT_NE(table.find("... 60 rows on mine#1"), std::string::npos) << table;
  EXPECT_NE(table.find("shared#1.count 1 -> 2"), std::string::npos);
}

TEST(TwoColumn, FiveTasksAreStacked) {
  Story s;
  for (unsigned t = 0; t < 5; ++t) s.op(t, "op");
  for (unsigned t = 0; t < 5; ++t) s.change(t, "x#1.count", t, t + 1);
  const std::string table = two_column(s.trace, {});
  EXPECT_NE(table.find(" 10  T4   x#1.count 4 -> 5\n"), std::string::npos) << table;
}

TEST(TwoColumn, FailureOfTheFinalChecksStandsBehindALine) {
  Story s;
  s.op(0, "get");
  s.change(0, "x#1.count", 0, 1);
  s.phase = 2;
  s.read(0, "x#1.count", 1);
  Failure f;
  f.kind = "leak";
  f.parts = {"x.count"};
  f.message = "x#1.count is 1 at the end";
  f.where = {"targets/x.cc", "finish", 9};
  f.step = s.step + 1;
  EXPECT_EQ(
      two_column(s.trace, f, "k1-leak-00000000", {}),
      R"(leak  x#1.count is 1 at the end                                                     k1-leak-00000000
       T0 get
  2      x#1.count 0 -> 1
     -- all tasks have ended --
  3      reads x#1.count = 1
  4      final checks                                                       <- leak   targets/x.cc:9
)");
}

TEST(TwoColumn, FailureInSetUpShowsSetUpInTheColumn) {
  Story s;
  s.phase = 0;
  s.op(0, "mmap mm0 0x00 4");
  s.change(0, "mm#1.count", 0, 1);
  Failure f;
  f.kind = "invariant";
  f.message = "the count is odd";
  f.where = {"targets/x.cc", "check", 9};
  f.step = s.step + 1;
  EXPECT_EQ(two_column(s.trace, f, "k1-invariant-00000000", {.width = 70}),
            R"(invariant  the count is odd                      k1-invariant-00000000
       T0 mmap mm0 0x00 4
  2      mm#1.count 0 -> 1
  3      in check                        <- invariant   targets/x.cc:9
)");
}

// An op that is shown late begins where its first step is; what runs before any step has no number.
TEST(TwoColumn, TheNumbersAreTheStepsOfTheTrace) {
  Story s;
  s.op(0, "first");
  s.op_end(0);
  s.op(0, "second");
  s.op(1, "only");
  s.plain(1, EventKind::plain_write, "box#1.early", 7);
  for (exec::Event& e : s.trace.events) e.step = 0;
  s.step = 12344;
  s.change(1, "x#1.count", 0, 1);
  s.read(0, "box#1.early", 7);
  s.change(0, "x#1.count", 1, 2);
  EXPECT_EQ(two_column(s.trace, {}), R"(         T0                    T1 only
         first
12345                            x#1.count 0 -> 1
12346    second
12347      x#1.count 1 -> 2
)");
}

TEST(TwoColumn, AnEmptyTraceLeavesTheHeader) {
  Failure f;
  f.kind = "crash";
  f.message = "SIGSEGV";
  EXPECT_EQ(two_column({}, f, "k1-crash-00000000", {.width = 50}),
            "crash  SIGSEGV                   k1-crash-00000000\n");
}

}  // namespace
}  // namespace rw::report

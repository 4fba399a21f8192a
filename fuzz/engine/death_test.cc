#include "fuzz/engine/death.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "fuzz/engine/exit_status.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

// How waitpid describes a process that exits, or dies of a signal, so.
int exit_with(int status) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(status);
  int result = 0;
  ::waitpid(child, &result, 0);
  return result;
}

int die_of(int signal) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
    ::_exit(0);
  }
  int result = 0;
  ::waitpid(child, &result, 0);
  return result;
}

constexpr const char* kThreadReport = R"(==================
WARNING: ThreadSanitizer: data race (pid=17)
  Write of size 4 at 0x7e8000010040 by thread T2:
    #0 rw::sync::cell<int>::set(int, std::source_location) /src/fuzz/sync/cell.h:42:12 (racewalk+0x1)
    #1 rw::mm::expand_downwards(rw::mm::vm_area_struct*, unsigned int) /src/targets/mm/vma.cc:88:5 (racewalk+0x2)
    #2 rw::mm::(anonymous namespace)::MmTarget::run(unsigned int, std::span<unsigned char const>) /src/targets/mm/target.cc:9:1 (racewalk+0x3)

  Previous read of size 4 at 0x7e8000010040 by thread T1:
    #0 rw::mm::anon_vma_clone(rw::mm::mm_struct*) /src/targets/mm/anon_vma.cc:120:5 (racewalk+0x4)

  Thread T2 'task 1' (tid=4, running) created by main thread at:
    #0 pthread_create <null> (racewalk+0x5)
SUMMARY: ThreadSanitizer: data race /src/targets/mm/vma.cc:88:5 in expand_downwards
)";

constexpr const char* kAddressReport =
    R"(=================================================================
==9==ERROR: AddressSanitizer: use-after-poison on address 0x7e8000010040 at pc 0x1 bp 0x2 sp 0x3
READ of size 8 at 0x7e8000010040 thread T0
    #0 0x55d0c0ffee00 in rw::mm::page_lock_anon_vma(rw::mm::page*) /src/targets/mm/rmap.cc:31:3
    #1 0x55d0c0ffee01 in fiber_loop() /src/fuzz/exec/executor.cc:120:1
)";

TEST(Classify, ExitZeroIsNoDeath) {
  EXPECT_EQ(classify(exit_with(0), "", false).kind, DeathKind::finished);
}

TEST(Classify, ARaceReportIsKnownByItsTextAndNamesTheTwoFunctionsUnderTest) {
  const Death death = classify(exit_with(66), kThreadReport, false);
  EXPECT_EQ(death.kind, DeathKind::sanitizer);
  EXPECT_EQ(death.what, "data-race");
  ASSERT_EQ(death.functions.size(), 2U);
  EXPECT_EQ(verdict::normalise(death.functions[0]), "expand_downwards");
  EXPECT_EQ(verdict::normalise(death.functions[1]), "anon_vma_clone");
}

TEST(Classify, AnAddressReportIsKnownWhetherTheWorkerExitsOrAborts) {
  for (const int status : {exit_with(1), die_of(SIGABRT)}) {
    const Death death = classify(status, kAddressReport, false);
    EXPECT_EQ(death.kind, DeathKind::sanitizer);
    EXPECT_EQ(death.what, "use-after-poison");
    ASSERT_EQ(death.functions.size(), 1U);
    EXPECT_EQ(verdict::normalise(death.functions[0]), "page_lock_anon_vma");
  }
}

TEST(Classify, UndefinedBehaviourIsASanitizersReport) {
  const Death death = classify(
      exit_with(1), "/src/targets/mm/vma.cc:3:7: runtime error: signed integer overflow\n", false);
  EXPECT_EQ(death.kind, DeathKind::sanitizer);
  EXPECT_EQ(death.what, "undefined-behaviour");
}

TEST(Classify, SignalsWithoutAReportAreCrashesNamedByTheSignal) {
  EXPECT_EQ(classify(die_of(SIGSEGV), "", false).what, "SIGSEGV");
  EXPECT_EQ(classify(die_of(SIGABRT), "", false).what, "SIGABRT");
  EXPECT_EQ(classify(die_of(SIGSEGV), "", false).kind, DeathKind::crash);
}

TEST(Classify, SigkillBlamesTheInputOnlyIfTheSupervisorSentItForHanging) {
  const int status = die_of(SIGKILL);
  EXPECT_EQ(classify(status, "", false).kind, DeathKind::killed);
  EXPECT_FALSE(failure_of(classify(status, "", false)).has_value());
  EXPECT_EQ(classify(status, "", true).kind, DeathKind::hang);
  EXPECT_EQ(failure_of(classify(status, "", true))->kind, "crash");
}

TEST(Classify, ASignalHasTheSameKeyWhetherASanitizerCaughtItOrNot) {
  const std::string frames =
      "    #0 0x3a1b in rw::kernel::load(int*) /src/fuzz/sync/cell.h:4\n"
      "    #1 0x3a1a in rw::(anonymous namespace)::follow() /src/targets/puzzles/x.cc:42\n"
      "    #2 0x3a33 in rw::(anonymous namespace)::run() /src/targets/puzzles/target.cc:71\n";
  const std::string head = "==9==ERROR: AddressSanitizer: SEGV on unknown address 0x0 (pc 0x1)\n";
  const auto plain =
      failure_of(classify(die_of(SIGSEGV), "Segmentation fault at\n" + frames, false));
  const auto asan = failure_of(classify(exit_with(1), head + frames, false));
  const auto tsan = failure_of(
      classify(exit_with(66), "==9==ERROR: ThreadSanitizer: SEGV on unknown\n" + frames, false));
  EXPECT_EQ(plain->kind, "crash");
  EXPECT_EQ(plain->message, "the worker died of SIGSEGV (Segmentation fault) in follow");
  EXPECT_EQ(verdict::key_of(*plain), verdict::key_of(*asan));
  EXPECT_EQ(verdict::key_of(*plain), verdict::key_of(*tsan));
  const auto other = failure_of(classify(die_of(SIGSEGV), "", false));
  EXPECT_NE(verdict::key_of(*plain), verdict::key_of(*other)) << "the function is in the key";
}

TEST(Classify, OurOwnExitStatusesAreNeverFailuresOfTheCodeUnderTest) {
  EXPECT_EQ(classify(exit_with(kExitOwnBug), "", false).kind, DeathKind::own_bug);
  EXPECT_EQ(classify(exit_with(kExitCannotWrite), "", false).kind, DeathKind::cannot_write);
  EXPECT_EQ(classify(exit_with(kExitUsage), "", false).kind, DeathKind::usage);
  EXPECT_EQ(classify(exit_with(3), "", false).kind, DeathKind::crash);
}

TEST(FailureOf, TheKeyOfARaceDoesNotDependOnWhichStackIsPrintedFirst) {
  Death death = classify(exit_with(66), kThreadReport, false);
  const std::string key = verdict::key_of(*failure_of(death));
  std::swap(death.functions[0], death.functions[1]);
  EXPECT_EQ(verdict::key_of(*failure_of(death)), key);
  EXPECT_EQ(verdict::kind_of_key(key), "sanitizer");
}

}  // namespace
}  // namespace rw::engine

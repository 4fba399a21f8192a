#include "fuzz/engine/interrupt.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fuzz/engine/exit_status.h"

namespace rw::engine {
namespace {

constexpr int kWentOn = 7;

// The exit status of a process that catches interrupts, gets two of them, the second `later`
// microseconds after the first, and then ends with kWentOn if it knows of them.
int status_after_two(useconds_t later) {
  const pid_t child = ::fork();
  if (child == 0) {
    catch_interrupts();
    sigset_t both, before;
    ::sigemptyset(&both);
    ::sigaddset(&both, SIGINT);
    ::sigaddset(&both, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &both, &before);
    ::raise(SIGTERM);
    if (later == 0) ::raise(SIGINT);
    ::sigprocmask(SIG_SETMASK, &before, nullptr);  // what has come is delivered at once
    if (later != 0) {
      ::usleep(later);
      ::raise(SIGINT);
    }
    ::_exit(interrupted() ? kWentOn : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Interrupt, ASecondSignalEndsTheProcessUnlessItComesWithTheFirst) {
  EXPECT_EQ(status_after_two(0), kWentOn);
  EXPECT_EQ(status_after_two(300'000), kExitInterrupted);
}

// ThreadSanitizer would keep it back until the next call that it intercepts, which may never come.
TEST(Interrupt, ASignalIsSeenAtOnceUnderEverySanitizer) {
  const pid_t child = ::fork();
  if (child == 0) {
    catch_interrupts();
    ::syscall(SYS_tgkill, ::getpid(), ::syscall(SYS_gettid), SIGINT);  // not intercepted
    ::syscall(SYS_exit_group, interrupted() ? kWentOn : 1);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), kWentOn);
}

}  // namespace
}  // namespace rw::engine

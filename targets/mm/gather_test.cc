// How long nobody can preempt a task that unmaps, and what must not sleep meanwhile. One task is
// enough for all of it.
#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

// What the per-CPU gather needs around it, as the kernel before 3.0 had it.
constexpr const char* kSpinlocks =
    "callbacks=atomic av_lock=spinlock i_mmap_lock=spinlock i_mmap=restart_serialised ";

std::string before_3_0(const std::string& rest) {
  return kSpinlocks + rest;
}

// Three pages in two tables and two areas.
constexpr const char* kExit = R"(setup:
  cpu_write mm0 0x1
T0:
  exit mm0
schedule:
  T0 until end
)";

TEST(PerCpuGather, IsGivenBackBehindEachBlock) {
  EXPECT_EQ(replay(before_3_0("gather=per_cpu"), kExit), "");
}

TEST(PerCpuGather, WithoutBlocksKeepsPreemptionOffForTheWholeAddressSpace) {
  EXPECT_EQ(replay(before_3_0("gather=per_cpu_whole"), kExit), "latency");
}

TEST(PerCpuGather, SubscribersMayNotSleepInUnmapVmas) {
  constexpr const char* kMadvise = R"(T0:
  madvise_dontneed mm0 0x0
schedule:
  T0 until end
)";
  EXPECT_EQ(replay("gather=per_cpu av_lock=spinlock", kMadvise), "sleep-in-atomic");
  EXPECT_EQ(replay(before_3_0("gather=per_cpu"), kMadvise), "");
}

TEST(PerCpuGather, FreePgtablesMayTakeNoLockThatSleeps) {
  constexpr const char* kAnonymous = R"(T0:
  munmap mm0 0x0
schedule:
  T0 until end
)";
  constexpr const char* kFile = R"(T0:
  munmap mm0 0x2
schedule:
  T0 until end
)";
  EXPECT_EQ(replay("gather=per_cpu callbacks=atomic", kAnonymous), "sleep-in-atomic");
  EXPECT_EQ(replay("gather=per_cpu callbacks=atomic av_lock=mutex", kAnonymous), "sleep-in-atomic");
  EXPECT_EQ(replay("gather=per_cpu callbacks=atomic av_lock=spinlock", kFile), "sleep-in-atomic");
  EXPECT_EQ(replay(before_3_0("gather=per_cpu"), kAnonymous), "");
  EXPECT_EQ(replay(before_3_0("gather=per_cpu"), kFile), "");
}

// Three pages of f0 in two areas.
constexpr const char* kTruncate = R"(setup:
  mmap mm0 0x4 2 f0
  cpu_read mm0 0x4
  cpu_read mm0 0x5
T0:
  truncate f0 0x0
schedule:
  T0 until end
)";

TEST(IMmapSpinlock, TruncateLetsGoOfItBetweenPages) {
  EXPECT_EQ(replay(kSpinlocks, kTruncate), "");
  EXPECT_EQ(replay(before_3_0("gather=per_cpu"), kTruncate), "");
}

TEST(IMmapSpinlock, HeldFromStartToEndIsHeldForAsLongAsThereAreMappings) {
  EXPECT_EQ(replay(before_3_0("i_mmap=mutex"), kTruncate), "latency");
}

// Truncate has let go of the lock between the pages at 0x4 and 0x5.
TEST(IMmapSpinlock, TwoUnmapsConfuseTheirRestartAddresses) {
  constexpr const char* kTwoUnmaps = R"(setup:
  mmap mm0 0x4 2 f0
T0:
  cpu_write mm0 0x4
  invalidate_page f0 0x0
T1:
  truncate f0 0x0
schedule:
  T1 until unmap_and_break#4
  T0 until blocked
  T1 until end
  T0 until end
)";
  const std::string restart = "callbacks=atomic av_lock=spinlock i_mmap_lock=spinlock i_mmap=";
  const program::Program serialised = program_of(restart + "restart_serialised", kTwoUnmaps);
  EXPECT_EQ(replay(restart + "restart", kTwoUnmaps), "rmap-incomplete");
  EXPECT_EQ(search(serialised, 20), std::nullopt);
}

TEST(IMmapSpinlock, AMutexMayBeHeldFromStartToEnd) {
  EXPECT_EQ(replay("default", kTruncate), "");
}

// The third page fills the gather, in the middle of a table.
constexpr const char* kFullInATable = R"(setup:
  mmap mm0 0x4 2 anon
  cpu_write mm0 0x4
  cpu_write mm0 0x5
T0:
  exit mm0
schedule:
  T0 until end
)";

TEST(ExtendedGather, AFullOneIsFreedWhenThePageTableLockIsFree) {
  EXPECT_EQ(replay("default", kFullInATable), "");
  EXPECT_EQ(replay("gather=freed_locked", kFullInATable), "latency");
}

}  // namespace

}  // namespace rw::mm::test

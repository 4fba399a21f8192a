// mmu_notifier_register in an mm with very many locks, and releases as callbacks like others.
#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

// mm0 has three anon_vmas and a file; d0's register wants four locks, and may take three.
const std::string kFourLocks = R"(setup:
  munmap mm0 0x0
  munmap mm0 0x2
  munmap mm0 0x3
  munmap mm0 0x4
  mmap mm0 0x0 1 anon
  mmap mm0 0x2 1 anon
  mmap mm0 0x4 1 anon
  mmap mm0 0x3 1 f0
  cpu_write mm0 0x0
  cpu_write mm0 0x2
  cpu_write mm0 0x4
)";

// Afterwards the locks are free: mm0 can be torn down.
const std::string kRegister = kFourLocks + R"(T0:
  d0 = register mm0 kvm
  secondary_fault d0 0x0 write
  exit mm0
schedule:
  T0 until end
)";

// What T0's register answered.
std::string answer(const std::string& design) {
  const program::Program p = program_of(design, kRegister);
  schedule::Replay strategy(p.schedule.decisions);
  program::ProgramWorkload workload(p);
  exec::Settings settings;
  settings.record_trace = true;
  const exec::Result result = exec::run(workload, settings, &strategy);
  EXPECT_FALSE(result.failure) << design << ": " << describe(result);
  for (const exec::Event& e : result.trace.events)
    if (e.phase == 1 && e.kind == exec::EventKind::op_end) return e.text;
  return "no op ended";
}

TEST(RegisterCap, StopsEachFormOfTakingAllLocksAndGivesBackWhatItTook) {
  for (const char* form : {"all_locks", "sorted", "sorted_array"}) {
    const std::string design = std::string("register_lock=") + form;
    EXPECT_EQ(answer(design), "") << form << " without a cap";
    EXPECT_NE(answer(design + " register_cap=bounded"), "") << form;
  }
}

TEST(RegisterCap, GivingBackWhatWasNotTakenIsFoundInEachForm) {
  for (const char* form : {"all_locks", "sorted", "sorted_array"})
    EXPECT_EQ(
        replay(std::string("register_cap=bounded_drops_all register_lock=") + form, kRegister),
        "unlock-not-owner")
        << form;
}

TEST(NotifierReader, AReleaseThatSleepsMayNotRunUnderRcu) {
  const std::string body = R"(setup:
  d0 = register mm0 xpmem
T0:
  unregister d0
schedule:
  T0 until end
)";
  EXPECT_EQ(replay("notifier_reader=rcu", body), "sleep-in-atomic");
  EXPECT_EQ(replay("default", body), "");
}

TEST(NotifierReader, ExitReleasesAsAnUnregisterDoes) {
  const std::string body = R"(setup:
  d0 = register mm0 xpmem
T0:
  exit mm0
schedule:
  T0 until end
)";
  for (const char* unlink : {"U1", "U4"}) {
    const std::string design = std::string(" notifier_unlink=") + unlink;
    EXPECT_EQ(replay("notifier_reader=rcu" + design, body), "sleep-in-atomic") << unlink;
    EXPECT_EQ(replay("notifier_reader=srcu" + design, body), "") << unlink;
  }
}

TEST(RegisterUnderMmapSemForReading, TakesAllLocksWithoutAComplaintIfNobodyRuns) {
  EXPECT_EQ(replay("register_lock=mmap_sem_read", kRegister), "");
}

TEST(PageLockOnly, ASplitTakesThePageLockForItsLookup) {
  EXPECT_EQ(replay("av_life=page_lock_only", R"(setup:
  collapse mm0 0x0
T0:
  mprotect mm0 0x0 read
schedule:
  T0 until end
)"),
            "");
}

}  // namespace

}  // namespace rw::mm::test

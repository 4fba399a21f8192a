// What the notifiers cost those who have none, and what a registration costs: counted, in steps at
// fine granularity (accesses to shared words) of one op that runs alone. docs/systems.md has the
// tables.
#include "targets/mm/harness_test.h"

namespace rw::mm::test {

namespace {

// Runs the one task of the body alone, and records what it does.
exec::Result run_alone(const std::string& design, const std::string& body) {
  const program::Program p = program_of(design, body + "schedule:\n  T0 until end\n");
  schedule::Replay strategy(p.schedule.decisions);
  program::ProgramWorkload workload(p);
  exec::Settings settings;
  settings.granularity = exec::Granularity::fine;
  settings.record_trace = true;
  exec::Result r = exec::run(workload, settings, &strategy);
  EXPECT_FALSE(r.failure) << describe(r);
  return r;
}

std::string devices(unsigned count) {
  std::string setup;
  for (unsigned i = 0; i < count; ++i) setup += "  d" + std::to_string(i) + " = register mm0 kvm\n";
  return setup;
}

exec::Result madvise(const std::string& design, unsigned subscribers) {
  return run_alone(design, "setup:\n  munmap mm0 0x2\n" + devices(subscribers) +
                               "T0:\n  madvise_dontneed mm0 0x0\n");
}

struct accesses {
  std::vector<std::string> reads;
  unsigned writes;
};

// What the parallel part does in mmu_notifier.cc.
accesses in_notifiers(const exec::Result& r) {
  accesses all{{}, 0};
  for (const exec::Event& e : r.trace.events) {
    if (e.phase != 1 || !e.where.file.ends_with("mmu_notifier.cc")) continue;
    if (e.kind == exec::EventKind::load) all.reads.push_back(e.object);
    if (e.kind == exec::EventKind::store || e.kind == exec::EventKind::rmw) ++all.writes;
  }
  return all;
}

TEST(MmuNotifierCost, WithoutSubscribersAPairIsTwoReadsOfOneWordAndWritesNothing) {
  const accesses all = in_notifiers(madvise("default", 0));
  EXPECT_EQ(all.reads,
            (std::vector<std::string>{"mm_struct#0.notifiers", "mm_struct#0.notifiers"}));
  EXPECT_EQ(all.writes, 0U);
}

TEST(MmuNotifierCost, WithASubscriberItWrites) {
  EXPECT_GT(in_notifiers(madvise("default", 1)).writes, 0U);
}

TEST(MmuNotifierCost, APairThatRegisterCanWaitForWritesWithoutSubscribersToo) {
  EXPECT_GT(in_notifiers(madvise("register_lock=grace_period", 0)).writes, 0U);
}

TEST(MmuNotifierCost, WithoutPairsEachPteThatGoesIsOneRead) {
  const accesses all =
      in_notifiers(madvise("inval_site=every_page_in_ptl callbacks=atomic register_lock=none", 0));
  EXPECT_EQ(all.reads, std::vector<std::string>{"mm_struct#0.notifiers"});
  EXPECT_EQ(all.writes, 0U);
}

// Steps of a register in an mm with `areas` anonymous areas, each with an anon_vma of its own.
unsigned register_steps(const std::string& design, unsigned areas) {
  std::string setup = "setup:\n  munmap mm0 0x0\n  munmap mm0 0x2\n  munmap mm0 0x3\n";
  for (unsigned i = 0; i < areas; ++i) {
    const std::string at = "mm0 0x" + std::to_string(2 * i);
    setup += "  mmap " + at + " 1 anon\n  cpu_write " + at + "\n";
  }
  return run_alone(design, setup + "T0:\n  d0 = register mm0 kvm\n").steps;
}

TEST(MmuNotifierCost, RegisterWithAllLocksIsLinearInTheLocks) {
  const unsigned none = register_steps("register_lock=all_locks", 0);
  const unsigned one = register_steps("register_lock=all_locks", 1);
  EXPECT_GT(one, none);
  EXPECT_EQ(register_steps("register_lock=all_locks", 3), none + 3 * (one - none));
}

TEST(MmuNotifierCost, RegisterThatSortsInArraysIsLinearInTheLocks) {
  const unsigned none = register_steps("register_lock=sorted_array", 0);
  const unsigned one = register_steps("register_lock=sorted_array", 1);
  EXPECT_GT(one, none);
  EXPECT_LT(one, register_steps("register_lock=all_locks", 1)) << "it leaves no marks";
  EXPECT_EQ(register_steps("register_lock=sorted_array", 3), none + 3 * (one - none));
}

TEST(MmuNotifierCost, RegisterThatSortsWithoutAnAllocationIsQuadratic) {
  std::vector<unsigned> steps;
  for (unsigned areas = 0; areas < 4; ++areas)
    steps.push_back(register_steps("register_lock=sorted", areas));
  const unsigned second = steps[2] - 2 * steps[1] + steps[0];
  EXPECT_GT(second, 0U);
  EXPECT_EQ(steps[3] - 2 * steps[2] + steps[1], second);
}

TEST(MmuNotifierCost, RegisterWithoutLocksOfTheMmCostsTheSameInAnyMm) {
  for (const char* design : {"register_lock=grace_period", "register_lock=global_wide",
                             "inval_site=every_page_in_ptl callbacks=atomic register_lock=none"})
    EXPECT_EQ(register_steps(design, 3), register_steps(design, 0)) << design;
}

}  // namespace

}  // namespace rw::mm::test

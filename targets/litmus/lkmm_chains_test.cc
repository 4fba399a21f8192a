// Orders of the kernel's model that pass over several CPUs, beyond the rows of lkmm.def.
//
// Verdicts are those of kernel_axioms.h, and follow from linux-kernel.cat: cumul-fence
// (A-cumulativity of a release, the order of two critical sections of one CPU, the sequence of
// read-modify-writes), pb (a strong fence, and then any number of happens-before steps) and hb over
// loads that run before others of their task.
#include <gtest/gtest.h>

#include <algorithm>

#include "fuzz/engine/conformance.h"
#include "fuzz/engine/conformance_table.h"
#include "targets/litmus/kernel_axioms.h"

namespace {

using namespace rw;

constexpr const char* kRows = R"(row: release-after-relaxed-load ISA2+wmb+rel+acq
model: lkmm
T0: x.once=1; wmb; y.once=1
T1: r0=y.once; z.rel=1
T2: r0=z.acq; r1=x.once
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: forbidden

row: unlock-after-relaxed-load ISA2+wmb+locks
model: lkmm
T0: x.once=1; wmb; y.once=1
T1: lock(s); r0=y.once; z.once=1; unlock(s)
T2: lock(s); r0=z.once; r1=x.once; unlock(s)
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: forbidden

row: release-update-after-relaxed-load ISA2+wmb+add.rel+acq
model: lkmm
T0: x.once=1; wmb; y.once=1
T1: r0=y.once; r1=add.rel(z,1)
T2: r0=z.acq; r1=x.once
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: forbidden

row: fence-reaches-over-acquires ISA2+mb+acq+acq
model: lkmm
T0: x.once=1; mb; y.once=1
T1: r0=y.acq; z.once=1
T2: r0=z.acq; r1=x.once
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: forbidden

row: fence-reaches-over-dependencies ISA2+mb+data+acq
model: lkmm
T0: x.once=1; mb; y.once=1
T1: r0=y.once; z.once=r0
T2: r0=z.acq; r1=x.once
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: forbidden

row: grace-period-reaches-over-acquires ISA2+sync_rcu+acq+acq
model: lkmm
T0: x.once=1; sync_rcu; y.once=1
T1: r0=y.acq; z.once=1
T2: r0=z.acq; r1=x.once
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: forbidden

row: full-update-reaches-over-acquires ISA2+xchg.full+acq+acq
model: lkmm
T0: x.once=1; r0=xchg.full(y,1)
T1: r0=y.acq; z.once=1
T2: r0=z.acq; r1=x.once
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: forbidden

row: no-acquire-at-the-end ISA2+mb+acq+once
model: lkmm
T0: x.once=1; mb; y.once=1
T1: r0=y.acq; z.once=1
T2: r0=z.once; r1=x.once
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: allowed

row: read-barrier-at-the-end ISA2+mb+acq+rmb
model: lkmm
T0: x.once=1; mb; y.once=1
T1: r0=y.acq; z.once=1
T2: r0=z.once; rmb; r1=x.once
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: forbidden

row: loads-in-two-sections-of-one-lock MP+wmb+unlock-lock
model: lkmm
T0: lock(s); r0=x.once; unlock(s); lock(s); r1=y.once; unlock(s)
T1: y.once=1; wmb; x.once=1
outcome: 0:r0=1 & 0:r1=0
verdict: forbidden

row: stores-in-sections-of-two-locks MP+unlock-lock+rmb
model: lkmm
T0: lock(s); x.once=1; unlock(s); lock(t); y.once=1; unlock(t)
T1: r0=y.once; rmb; r1=x.once
outcome: 1:r0=1 & 1:r1=0
verdict: forbidden

row: loads-in-sections-of-two-locks MP+wmb+unlock-lock
model: lkmm
T0: lock(s); r0=x.once; unlock(s); lock(t); r1=y.once; unlock(t)
T1: y.once=1; wmb; x.once=1
outcome: 0:r0=1 & 0:r1=0
verdict: forbidden

row: grace-period-reaches-a-section ISA2+sync_rcu+acq+once
model: lkmm
T0: x.once=1; sync_rcu; y.once=1
T1: r0=y.acq; z.once=1
T2: rcu_lock; r0=z.once; r1=x.once; rcu_unlock
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: forbidden

row: srcu-grace-period-reaches-over-acquires ISA2+sync_srcu+acq+acq
model: lkmm
T0: x.once=1; sync_srcu(s); y.once=1
T1: r0=y.acq; z.once=1
T2: r0=z.acq; r1=x.once
outcome: 1:r0=1 & 2:r0=1 & 2:r1=0
verdict: forbidden

row: section-hands-on-what-it-read RCU+rel
model: lkmm
T0: x.once=1; y.rel=1
T1: rcu_lock; r0=y.once; r1=z.once; rcu_unlock
T2: z.once=1; sync_rcu; r0=x.once
outcome: 1:r0=1 & 1:r1=0 & 2:r0=0
verdict: forbidden

row: update-passes-on-what-it-took wmb+xchg.rel+wmb+acq
model: lkmm
T0: r0=x.acq; r1=y.once
T1: y.rel=1; wmb; z.rel=1
T2: r0=xchg.rel(z,2); wmb; x.once=1
outcome: 0:r0=1 & 0:r1=0 & 2:r0=1 & x=1 & y=1 & z=2
verdict: forbidden

row: store-between-an-update-and-its-fence xchg.full
model: lkmm
T0: r0=xchg.acq(y,1); r1=xchg.acq(x,3)
T1: x.once=1; r0=xchg.once(x,2); mb; r1=y.once
T2: r0=xchg.full(y,2)
outcome: 0:r0=2 & 0:r1=1 & 1:r0=3 & 1:r1=0 & 2:r0=0 & x=2 & y=1
verdict: allowed

row: crossed-stores-by-rel-and-wmb 2+2W+rel+wmb
model: lkmm
T0: y.once=1; x.rel=2
T1: x.once=1; wmb; y.once=2
T2: r0=y.once; r1=x.once; r2=x.acq
outcome: 2:r0=2 & 2:r1=2 & 2:r2=2 & x=1 & y=1
verdict: forbidden

row: loads-cannot-each-run-first 2+2W+rel+wmb
model: lkmm
T0: y.once=1; x.rel=2
T1: x.once=1; wmb; y.once=2
T2: r0=y.once; r1=x.once
outcome: 2:r0=2 & 2:r1=2 & x=1 & y=1
verdict: forbidden

row: early-load-of-what-follows-from-the-first wmb+data+acq
model: lkmm
T0: x.once=1; wmb; y.once=2
T1: r0=y.once; z.once=r0; r1=x.once
T2: r0=z.acq; x.once=3
outcome: 1:r0=2 & 2:r0=2 & 1:r1=3 & x=1
verdict: forbidden

row: early-load-behind-an-acquire-of-it wmb+data+acq+acq
model: lkmm
T0: x.once=1; wmb; y.once=2
T1: r0=y.once; w.once=r0; r1=z.acq; r2=x.once
T2: r0=w.acq; z.once=1
outcome: 1:r0=2 & 2:r0=2 & 1:r1=1 & 1:r2=0
verdict: forbidden

row: early-load-behind-an-acquire-of-something-else wmb+acq
model: lkmm
T0: x.once=1; wmb; y.once=2
T1: r0=y.once; r1=z.acq; r2=x.once
T2: z.once=1
outcome: 1:r0=2 & 1:r1=1 & 1:r2=0
verdict: allowed

row: early-load-of-what-came-behind-an-own-store wmb+data+rel
model: lkmm
T0: x.once=1; wmb; y.once=2
T1: r0=y.once; z.once=r0; r1=x.once
T2: z.once=5; x.rel=3
outcome: 1:r0=2 & 1:r1=3 & x=1 & z=5
verdict: forbidden

row: early-loads-in-two-tasks wmb+data+wmb+data
model: lkmm
T0: x.once=1; wmb; y.once=2
T1: r0=y.once; z.once=r0; r1=x.once
T2: r0=w.once; x.once=r0; r1=z.once
T3: z.once=1; wmb; w.once=3
outcome: 1:r0=2 & 1:r1=3 & 2:r0=3 & 2:r1=2 & x=1 & z=1
verdict: forbidden

row: early-load-brings-what-a-fence-did wmb+data+mb+acq
model: lkmm
T0: x.once=1; wmb; y.once=2
T1: r0=y.once; z.once=r0; r1=x.once
T2: w.once=1; mb; x.once=3
T3: r0=z.acq; r1=w.once
outcome: 1:r0=2 & 1:r1=3 & 3:r0=2 & 3:r1=0 & x=1
verdict: forbidden

row: early-load-brings-what-a-fence-did-before mb+data+wmb
model: lkmm
T0: y.once=1; mb; z.once=3
T1: r0=z.once; x.once=r0
T2: x.once=1; wmb; y.once=2
T3: r0=y.once; r1=x.once
outcome: 1:r0=3 & 3:r0=2 & 3:r1=3 & x=1 & y=1
verdict: forbidden

row: acquire-of-what-overwrites-it wmb+acq
model: lkmm
T0: y.once=1; wmb; x.once=1
T1: x.once=2
T2: r0=x.once; r1=x.acq; r2=y.once
outcome: 2:r0=1 & 2:r1=2 & 2:r2=0 & x=2
verdict: forbidden

row: early-loads-in-two-tasks-over-a-third wmb+wmb+data+data+data
model: lkmm
T0: z.once=2; wmb; d.once=3; x.once=1; wmb; y.once=1
T1: r0=y.once; w.once=r0; r1=x.once
T2: r0=w.once; z.once=r0
T3: r0=d.once; x.once=r0; r1=z.once
outcome: 1:r0=1 & 1:r1=3 & 2:r0=1 & 3:r0=3 & 3:r1=1 & x=1 & z=2
verdict: forbidden

row: early-loads-over-an-unlock-and-a-lock wmb+wmb+unlock-lock
model: lkmm
T0: y.once=2; wmb; z.once=1
T1: x.once=1; wmb; y.once=1
T2: lock(s); r0=z.once; unlock(s); r1=y.once; lock(s); r2=x.once; unlock(s)
outcome: 2:r0=1 & 2:r1=1 & 2:r2=0 & y=2
verdict: forbidden

row: early-loads-before-a-lock wmb+wmb+lock
model: lkmm
T0: y.once=2; wmb; z.once=1
T1: x.once=1; wmb; y.once=1
T2: r0=z.once; r1=y.once; lock(s); r2=x.once; unlock(s)
outcome: 2:r0=1 & 2:r1=1 & 2:r2=0 & y=2
verdict: allowed

row: early-load-behind-an-acquire-that-brings-more wmb+rel+acq
model: lkmm
T0: y.once=1; z.rel=1
T1: x.once=1; wmb; y.once=2
T2: r0=y.once; r1=z.acq; r2=x.once
outcome: 2:r0=2 & 2:r1=1 & 2:r2=0 & y=1
verdict: forbidden

row: early-loads-in-two-tasks-and-an-acquire wmb+data+acq+wmb+data
model: lkmm
T0: x.once=1; wmb; y.once=1
T1: r0=y.once; w.once=r0; r1=z.acq; r2=x.once
T2: r0=d.once; z.once=r0; r1=w.once
T3: w.once=2; wmb; d.once=1
outcome: 1:r0=1 & 1:r1=1 & 1:r2=0 & 2:r0=1 & 2:r1=1 & w=2
verdict: forbidden

row: early-load-of-what-a-fence-has-overwritten mb+data+rel
model: lkmm
T0: x.once=1; mb; z.once=1
T1: r0=z.once; y.once=r0
T2: r0=y.once; r1=x.once
T3: y.once=5; x.rel=2
outcome: 1:r0=1 & 2:r0=1 & 2:r1=2 & x=1 & y=5
verdict: forbidden

row: section-behind-a-grace-period-is-a-fence RCU+rmb
model: lkmm
T0: r0=x.once; rmb; r1=y.acq
T1: y.rel=4; sync_rcu; r0=z.once
T2: z.rel=6; rcu_lock; x.once=7; rcu_unlock
outcome: 0:r0=7 & 0:r1=0 & 1:r0=0
verdict: forbidden
)";

engine::Conformance check(const engine::TableRow& it) {
  engine::ConformanceOptions options;
  options.memory = exec::Memory::lkmm;
  return engine::check_row(it.row(), options);
}

// The verdict that is written down is the model's.
bool is_by_axioms(const engine::TableRow& it) {
  litmus::Mistake none;
  const litmus::Litmus test = litmus::parse(it.program, it.outcome, none);
  const auto allowed = litmus::outcomes_by_kernel_axioms(test).by_model;
  const bool shown = std::any_of(allowed.begin(), allowed.end(),
                                 [&](const litmus::Final& f) { return litmus::holds(test, f); });
  return shown == (it.verdict == ModelVerdict::allowed);
}

TEST(KernelModel, OrdersPassOverSeveralCpus) {
  const auto rows = engine::parse_table(kRows, "lkmm_chains_test.cc");
  ASSERT_TRUE(rows.ok()) << rows.error().text();
  EXPECT_EQ(rows.value().size(), 34u);
  for (const engine::TableRow& it : rows.value()) {
    EXPECT_TRUE(is_by_axioms(it)) << it.id;
    const engine::Conformance c = check(it);
    EXPECT_TRUE(c.complete) << it.id;
    EXPECT_TRUE(c.right(it.verdict)) << it.id << ": shown " << c.shown << " of " << c.executions;
  }
}

}  // namespace

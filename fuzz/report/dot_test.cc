#include "fuzz/report/dot.h"

#include <gtest/gtest.h>

#include "fuzz/report/lock_graph.h"
#include "fuzz/report/story.h"

namespace rw::report {
namespace {

using exec::EventKind;
using exec::Failure;

std::string drawn(const Story& s, const Failure* failure) {
  Run run;
  run.file = "x.race";
  run.key = "k1-lock-order-00000000";
  run.failure = failure;
  run.trace = &s.trace;
  return dot(run);
}

// T0 takes a and then b; T1 holds another object's b and asks for its a.
Story both_orders() {
  Story s;
  s.op(0, "ab");
  s.lock(0, "spin_lock", "x#1.a");
  s.lock(0, "spin_lock", "x#1.b");
  s.lock(0, "spin_lock", "x#1.c");
  s.unlock(0, "spin_unlock", "x#1.c");
  s.unlock(0, "spin_unlock", "x#1.b");
  s.unlock(0, "spin_unlock", "x#1.a");
  s.op(1, "ba");
  s.lock(1, "spin_lock", "x#2.b");
  s.event(EventKind::operation_begin, 1, "x#2.a").text = "spin_lock";
  return s;
}

Failure wrong_order() {
  Failure f;
  f.kind = "lock-order";
  f.message = "x#2.a is taken while x#2.b is held";
  f.task = 1;
  return f;
}

TEST(Dot, TheOrdersThatCloseACircleAreRedAndTheRestIsNot) {
  const Failure f = wrong_order();
  EXPECT_EQ(drawn(both_orders(), &f), R"(digraph lock_order {
  label="lock-order  k1-lock-order-00000000\nx#2.a is taken while x#2.b is held";
  labelloc=t;
  node [shape=box, fontname="Helvetica"];
  edge [fontname="Helvetica", fontsize=10];
  "x.a";
  "x.b";
  "x.c";
  "x.a" -> "x.b" [label="T0 in zap_pte_range\ntargets/mm/zap.cc:108, step 8", color=red, penwidth=2];
  "x.a" -> "x.c" [label="T0 in zap_pte_range\ntargets/mm/zap.cc:112, step 12"];
  "x.b" -> "x.c" [label="T0 in zap_pte_range\ntargets/mm/zap.cc:112, step 12"];
  "x.b" -> "x.a" [label="T1 in zap_pte_range\ntargets/mm/zap.cc:131, step 31", color=red, penwidth=2, style=dashed];
}
)");
}

TEST(Dot, WithoutAFailureTheOrdersAreThereAndNoneIsRed) {
  const std::string text = drawn(both_orders(), nullptr);
  EXPECT_NE(text.find("the orders of this run have no cycle"), std::string::npos);
  EXPECT_NE(text.find("\"x.a\" -> \"x.b\""), std::string::npos);
  EXPECT_EQ(text.find("color=red"), std::string::npos);
}

TEST(Dot, ADeadlockIsAboutTheLocksThemselves) {
  Story s;
  s.op(0, "up");
  s.op(1, "down");
  s.lock(0, "mutex_lock", "page#1.lock");
  s.lock(1, "mutex_lock", "page#2.lock");
  s.blocks(0, "mutex_lock", "page#2.lock");
  s.blocks(1, "mutex_lock", "page#1.lock");
  Failure f;
  f.kind = "deadlock";
  f.message = "T0 waits for page#2.lock, held by T1; T1 waits for page#1.lock, held by T0";
  const LockGraph graph = lock_graph(s.trace, &f);
  ASSERT_EQ(graph.orders.size(), 2u);
  EXPECT_TRUE(graph.has_cycle);
  EXPECT_EQ(graph.orders[0].outer, "page#1.lock");
  EXPECT_EQ(graph.orders[0].inner, "page#2.lock");
  EXPECT_TRUE(graph.orders[0].in_cycle && graph.orders[1].in_cycle);
}

TEST(Dot, QuotesInTextsAreEscaped) {
  Failure f;
  f.kind = "crash";
  f.message = "the \"\\\" of a path";
  EXPECT_NE(drawn({}, &f).find(R"(the \"\\\" of a path)"), std::string::npos);
}

}  // namespace
}  // namespace rw::report

// Exhaustive exploration by published counts, and what its promises rest on, one by one.
#include "fuzz/schedule/exhaustive.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "fuzz/exec/execution.h"
#include "fuzz/sync/sync.h"

namespace {

using namespace rw;

constexpr unsigned kWords = 8;

struct World {
  sync::atomic<std::uint32_t> word[kWords];
  sync::ghost<std::uint32_t> seen;
};

}  // namespace

RW_TYPE_NAMED(World, "world", word)

namespace {

using Body = std::function<void(World&)>;

struct Counts {
  unsigned executions = 0, repeated = 0, failed = 0;
  bool held_back = false;
};

Counts explored(const std::vector<Body>& bodies) {
  World* world = nullptr;
  exec::Tasks tasks;
  tasks.before = [&] {
    world = sync::make<World>();
    for (auto& w : world->word) w.store(0);
  };
  for (const Body& body : bodies) tasks.bodies.push_back([&world, body] { body(*world); });
  exec::Settings settings;
  settings.step_budget = 1000;
  schedule::Exhaustive strategy;
  Counts counts;
  for (bool more = true; more;) {
    const exec::Result result = exec::run(tasks, settings, &strategy);
    ++(result.given_up ? counts.repeated : counts.executions);
    counts.failed += result.failure ? 1 : 0;
    more = strategy.next(result.failure.has_value());
  }
  counts.held_back = strategy.held_back();
  return counts;
}

// A program of Abdulla et al., POPL 2014: one task looks for the last word that is zero,
// each of `n` others adds one to a word. They count 64 executions for n = 5 with optimal DPOR and
// 79, with those that sleep sets give up, with source sets.
std::vector<Body> last_zero(unsigned n) {
  std::vector<Body> bodies = {[n](World& w) {
    for (unsigned i = n; w.word[i].load() != 0;) --i;
  }};
  for (unsigned j = 1; j <= n; ++j)
    bodies.push_back([j](World& w) { w.word[j].store(w.word[j - 1].load() + 1); });
  return bodies;
}

TEST(Exhaustive, RunsAsManyExecutionsAsArePublished) {
  const Counts five = explored(last_zero(5));
  EXPECT_EQ(five.executions, 64U);
  EXPECT_LE(five.executions + five.repeated, 79U);
  // readers(n) of the same table: 2^n.
  std::vector<Body> readers = {[](World& w) { w.word[0].store(1); }};
  for (unsigned i = 0; i < 7; ++i) readers.push_back([](World& w) { (void)w.word[0].load(); });
  const Counts seven = explored(readers);
  EXPECT_EQ(seven.executions, 128U);
  EXPECT_EQ(seven.repeated, 0U);
}

TEST(Exhaustive, ATaskThatWaitsInASpinLoopGoesRoundOnceForEachChange) {
  const Body waits = [](World& w) {
    while (w.word[0].load() != 2) sync::relax();
  };
  const Counts counts = explored({[](World& w) {
                                    w.word[0].store(1);
                                    (void)w.word[1].load();
                                    w.word[0].store(2);
                                  },
                                  waits});
  EXPECT_EQ(counts.failed, 0U);
  EXPECT_GE(counts.executions, 3U);   // it first looks at 0, at 1 or at 2
  EXPECT_LE(counts.executions, 10U);  // and not at each of them any number of times
}

// The loop gives up after five rounds that see nothing. No execution gets there while the other
// task can still store: a relax waits for that.
TEST(Exhaustive, ALoopThatCountsItsRoundsIsSaidNotToBeFollowedToItsEnd) {
  const Body other = [](World& w) { w.word[0].store(1); };
  const Body gives_up = [](World& w) {
    for (int i = 0; i < 5 && w.word[0].load() == 0; ++i) sync::relax();
  };
  EXPECT_TRUE(explored({other, gives_up}).held_back);
  const Body looks_once = [](World& w) { (void)w.word[0].load(); };
  EXPECT_FALSE(explored({other, looks_once}).held_back);
}

TEST(Exhaustive, ALoopThatNobodyEndsIsALivelock) {
  const Counts counts = explored({[](World& w) {
                                    while (w.word[0].load() == 0) sync::relax();
                                  },
                                  [](World& w) { w.word[1].store(1); }});
  EXPECT_GT(counts.failed, 0U);
  EXPECT_EQ(counts.failed, counts.executions);
}

// Two tasks that share no step, but what an oracle remembers.
TEST(Exhaustive, AGhostThatTwoTasksTouchMakesTheirOrderMatter) {
  unsigned first = 0, second = 0;
  const auto task = [&](unsigned me) {
    return [&, me](World& w) {
      w.word[me].store(1);
      if (w.seen.add(1) == 1) ++(me == 1 ? first : second);
    };
  };
  const Counts counts = explored({task(1), task(2)});
  EXPECT_EQ(counts.executions, 2U);
  EXPECT_EQ(first, 1U);
  EXPECT_EQ(second, 1U);
}

TEST(Exhaustive, ATallyDoesNotMakeTheirOrderMatter) {
  sync::tally<std::uint32_t> counted;
  const auto task = [&](unsigned me) {
    return [&, me](World& w) {
      w.word[me].store(1);
      counted.count();
    };
  };
  EXPECT_EQ(explored({task(1), task(2)}).executions, 1U);
  EXPECT_EQ(counted.get(), 2U);
}

// After a failure the rest of its execution is not known; the others are explored all the same.
TEST(Exhaustive, MeetsEveryExecutionThatDoesNotFailBehindThoseThatDo) {
  std::vector<unsigned> ends;
  const Counts counts = explored({[](World& w) {
                                    if (w.word[0].load() == 0)
                                      sync::fail("invariant", {"early"}, "too early");
                                    w.word[1].store(1);
                                  },
                                  [&](World& w) {
                                    w.word[0].store(1);
                                    ends.push_back(w.word[1].load());
                                  }});
  EXPECT_GE(counts.failed, 1U);
  EXPECT_NE(std::find(ends.begin(), ends.end(), 0U), ends.end());
  EXPECT_NE(std::find(ends.begin(), ends.end(), 1U), ends.end());
}

TEST(Exhaustive, RefusesATextThatIsNoSearch) {
  schedule::Exhaustive search;
  for (const char* text :
       {"", "search", "search 1 0\n", "search 0 1\n", "search 0 1\nstep 9 0 0 :\n",
        "search 0 1\nstep 1 0 1 :\n", "search 0 1\nstep 1 0 0 2/2 :\n",
        "search 0 1\nstep 1 0 0 : 12x\n", "search 0 1\nasleep 0 :\n"})
    EXPECT_FALSE(search.load(text)) << text;
  EXPECT_TRUE(search.load("search 0 1\nstep 1 0 0 0/2 : 12w 40\n"));
  EXPECT_EQ(search.saved(), "search 0 1\nstep 1 0 0 0/2 : 12w 40\n");
}

}  // namespace

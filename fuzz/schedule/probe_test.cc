// What random executions say of the size of a search, held against searches that were made.
#include "fuzz/schedule/probe.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "fuzz/exec/execution.h"
#include "fuzz/schedule/exhaustive.h"
#include "fuzz/sync/sync.h"

namespace {

using namespace rw;

constexpr unsigned kWords = 8;

struct World {
  sync::atomic<std::uint32_t> word[kWords];
};

}  // namespace

RW_TYPE_NAMED(World, "world", word)

namespace {

using Body = std::function<void(World&)>;

class Program {
 public:
  explicit Program(const std::vector<Body>& bodies) {
    tasks_.before = [this] {
      world_ = sync::make<World>();
      for (auto& w : world_->word) w.store(0);
    };
    for (const Body& body : bodies) tasks_.bodies.push_back([this, body] { body(*world_); });
  }

  double explored(unsigned preemptions) {
    schedule::Exhaustive strategy(preemptions);
    double executions = 0;
    do {
      executions += exec::run(tasks_, settings_, &strategy).given_up ? 0 : 1;
    } while (strategy.next(false));
    return executions;
  }

  double guessed(unsigned preemptions, unsigned probes) {
    schedule::Probe probe(1, preemptions);
    exec::run(tasks_, settings_, &probe);
    double sum = 0;
    for (unsigned i = 0; i < probes; ++i) {
      exec::run(tasks_, settings_, &probe);
      sum += probe.stands_for();
    }
    return sum / probes;
  }

 private:
  World* world_ = nullptr;
  exec::Tasks tasks_;
  exec::Settings settings_;
};

void adds(World& w, unsigned word, unsigned count) {
  for (unsigned i = 0; i < count; ++i) w.word[word].fetch_add(1);
}

constexpr unsigned kNoBound = schedule::Exhaustive::kNoBound;

TEST(Probe, TasksThatDoNotMeetAreOneExecution) {
  Program p({[](World& w) { adds(w, 0, 4); }, [](World& w) { adds(w, 1, 4); }});
  EXPECT_EQ(p.explored(kNoBound), 1);
  EXPECT_NEAR(p.guessed(kNoBound, 4'000), 1, 0.1);
}

TEST(Probe, TheMeanIsTheNumberOfExecutions) {
  const Body six = [](World& w) { adds(w, 0, 6); };
  Program all_meet({six, six});  // 12 over 6
  EXPECT_EQ(all_meet.explored(kNoBound), 924);
  EXPECT_NEAR(all_meet.guessed(kNoBound, 4'000), 924, 90);

  const auto mixed = [](unsigned own) {
    return [own](World& w) {
      for (unsigned i = 0; i < 3; ++i) {
        adds(w, own, 1);
        adds(w, 0, 1);
        (void)w.word[1].load();
      }
    };
  };
  Program some_meet({mixed(1), mixed(2), mixed(3)});
  const double exact = some_meet.explored(kNoBound);
  EXPECT_NEAR(some_meet.guessed(kNoBound, 4'000) / exact, 1, 0.2) << exact;
}

// Picked alike, the short one would be at its end when the long one has just begun.
TEST(Probe, TheMeanIsTheNumberOfExecutionsOfTasksOfUnequalLength) {
  Program p({[](World& w) { adds(w, 0, 3); }, [](World& w) { adds(w, 0, 30); }});  // 33 over 3
  EXPECT_EQ(p.explored(kNoBound), 5456);
  EXPECT_NEAR(p.guessed(kNoBound, 2'000), 5456, 550);
}

TEST(Probe, WithABoundTheMeanIsTheNumberOfSchedules) {
  const Body many = [](World& w) { adds(w, 0, 15); };
  Program p({many, many});
  for (const unsigned bound : {0U, 1U, 2U, 3U}) {
    const double exact = p.explored(bound);
    EXPECT_NEAR(p.guessed(bound, 4'000) / exact, 1, 0.2) << bound << ": " << exact;
  }
}

}  // namespace

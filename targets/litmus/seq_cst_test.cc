// The weak machine against the axioms of C++20: the same outcomes for a thousand small programs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "fuzz/engine/explore.h"
#include "fuzz/exec/prng.h"
#include "targets/litmus/axioms.h"
#include "targets/litmus/harness_test.h"

namespace {

using namespace rw;
using namespace rw::litmus;

#if defined(RACEWALK_ASAN) || defined(RACEWALK_TSAN)
constexpr unsigned kPrograms = 40;
#else
constexpr unsigned kPrograms = 1'000;
#endif

Litmus parsed(const std::string& program, const std::string& outcome = "x=1") {
  std::string error;
  Litmus test = parse(program, outcome, error);
  EXPECT_EQ(error, "") << program;
  return test;
}

struct Explored {
  std::set<Final> outcomes;
  engine::Exploration all;
};

Explored explored(const Litmus& test, exec::Memory memory) {
  LitmusWorkload workload(test, Dialect::cxx);
  engine::ExploreOptions options;
  options.settings.granularity = exec::Granularity::fine;
  options.settings.memory = memory;
  Explored e;
  e.all = engine::explore(workload, options, [&](const exec::Result& result) {
    EXPECT_FALSE(result.failure) << result.failure->message;
    e.outcomes.insert(workload.runner.final());
    return true;
  });
  EXPECT_TRUE(e.all.complete);
  return e;
}

std::string list(const Litmus& test, const std::set<Final>& finals) {
  std::string text;
  for (const Final& f : finals) text += "  " + describe(test, f) + "\n";
  return text;
}

// What one random program is made of.
struct Taste {
  const char* name;
  unsigned accesses_seq_cst;  // of 8 accesses
  unsigned fences;            // of 8 statements
  unsigned fences_seq_cst;    // of 8 fences
};

std::string random_fence(exec::Prng& prng, const Taste& taste) {
  static const char* const kOthers[] = {"acq", "rel", "ar"};
  return fmt::format("fence.{}",
                     prng.chance(taste.fences_seq_cst, 8) ? "sc" : kOthers[prng.below(3)]);
}

// `n`: a number that no other access of the program has.
std::string random_access(exec::Prng& prng, const Taste& taste, char where, unsigned n) {
  const bool seq_cst = prng.chance(taste.accesses_seq_cst, 8);
  const bool relaxed = prng.chance(1, 2);
  switch (prng.below(7)) {
    case 0:
    case 1:
    case 2:
      return fmt::format("r{}={}.{}", n, where, seq_cst ? "sc" : relaxed ? "rlx" : "acq");
    case 3:
    case 4:
    case 5:
      return fmt::format("{}.{}={}", where, seq_cst ? "sc" : relaxed ? "rlx" : "rel", n);
    default: {
      static const char* const kOthers[] = {"rlx", "acq", "rel", "ar"};
      return fmt::format("r{}={}.{}({},1)", n, prng.chance(1, 2) ? "add" : "xchg",
                         seq_cst ? "sc" : kOthers[prng.below(4)], where);
    }
  }
}

std::string random_locations(exec::Prng& prng, const Taste& taste) {
  const unsigned tasks = 2 + prng.below(3);
  unsigned left = 7;
  std::string text;
  for (unsigned t = 0, n = 1; t < tasks; ++t) {
    const unsigned count = 1 + prng.below(std::min(4U, left - (tasks - 1 - t)));
    left -= count;
    text += fmt::format("{}T{}: ", t == 0 ? "" : " || ", t);
    for (unsigned i = 0; i < count; ++i)
      text += (i == 0 ? "" : "; ") + (prng.chance(taste.fences, 8)
                                          ? random_fence(prng, taste)
                                          : random_access(prng, taste, "xyz"[prng.below(3)], n++));
  }
  return text;
}

// Each task goes from one location to the next, or stays, and the last one ends where the first
// began: the shape of most rows, and the one in which each single demand matters.
std::string random_cycle(exec::Prng& prng, const Taste& taste) {
  const unsigned locations = 2 + prng.below(2);
  const unsigned stays = prng.below(locations == 2 ? 3 : 2);
  std::string goes(locations, 'g');
  goes.append(stays, 's');
  for (unsigned i = static_cast<unsigned>(goes.size()); i > 1; --i)
    std::swap(goes[i - 1], goes[prng.below(i)]);
  std::string text;
  unsigned at = 0;
  for (unsigned t = 0, n = 1; t < goes.size(); ++t) {
    text += fmt::format("{}T{}: ", t == 0 ? "" : " || ", t);
    const auto fence = [&](unsigned chance, bool first) {
      if (prng.chance(chance, 16))
        text += (first ? "" : "; ") + random_fence(prng, taste) + (first ? "; " : "");
    };
    fence(taste.fences / 2, true);
    text += random_access(prng, taste, "xyz"[at], n++);
    if (goes[t] == 'g') {
      fence(2 * taste.fences, false);
      at = (at + 1) % locations;
      text += "; " + random_access(prng, taste, "xyz"[at], n++);
    }
    fence(taste.fences / 2, false);
  }
  return text;
}

constexpr Taste kTastes[] = {
    {"no seq_cst", 0, 3, 0},
    {"seq_cst accesses", 6, 0, 0},
    {"some seq_cst accesses", 4, 1, 2},
    {"seq_cst fences", 0, 5, 7},
    {"accesses and fences", 4, 4, 7},
    {"few of both", 2, 3, 6},
};

TEST(SeqCst, TheExactMachineShowsWhatTheAxiomsAllowAndNothingElse) {
  exec::Prng prng(1);
  [[maybe_unused]] unsigned more_than_fast = 0;
  std::uint64_t impossible = 0;
  for (unsigned i = 0; i < kPrograms; ++i) {
    const Taste& taste = kTastes[i % std::size(kTastes)];
    const std::string text = i % 4 == 0 ? random_locations(prng, taste) : random_cycle(prng, taste);
    const Litmus test = parsed(text);
    const std::set<Final> allowed = outcomes_by_axioms(test);
    const Explored exact = explored(test, exec::Memory::weak_exact);
    const Explored fast = explored(test, exec::Memory::weak);
    EXPECT_TRUE(exact.outcomes == allowed) << text << " (" << taste.name << ")\nshown\n"
                                           << list(test, exact.outcomes) << "allowed\n"
                                           << list(test, allowed);
    EXPECT_TRUE(
        std::includes(allowed.begin(), allowed.end(), fast.outcomes.begin(), fast.outcomes.end()))
        << text << "\nshown by the fast rules\n"
        << list(test, fast.outcomes) << "allowed\n"
        << list(test, allowed);
    // Without seq_cst operations the two sets of rules are one.
    if (taste.accesses_seq_cst + taste.fences_seq_cst == 0)
      EXPECT_TRUE(fast.outcomes == allowed) << text;
    more_than_fast += fast.outcomes != exact.outcomes ? 1 : 0;
    impossible += exact.all.impossible;
    if (HasFailure()) return;
  }
  EXPECT_GT(impossible, 0U) << "no execution was given up: S was never at stake";
#if !defined(RACEWALK_ASAN) && !defined(RACEWALK_TSAN)
  EXPECT_GT(more_than_fast, 0U) << "no program in which S contradicts the order of execution";
#endif
}

struct Shape {
  const char* program;
  const char* outcome;
  bool fast;   // whether the rules with one view for all seq_cst operations show it
  bool exact;  // and the exact rules
};

constexpr Shape kShapes[] = {
    // Store buffering and independent reads, with accesses, with fences, and with both.
    {"T0: x.sc=1; r0=y.sc || T1: y.sc=1; r0=x.sc", "0:r0=0 & 1:r0=0", false, false},
    {"T0: x.rlx=1; fence.sc; r0=y.rlx || T1: y.rlx=1; fence.sc; r0=x.rlx", "0:r0=0 & 1:r0=0", false,
     false},
    {"T0: x.sc=1; r0=y.sc || T1: y.rlx=1; fence.sc; r0=x.rlx", "0:r0=0 & 1:r0=0", false, false},
    {"T0: x.sc=1; r0=y.acq || T1: y.sc=1; r0=x.acq", "0:r0=0 & 1:r0=0", true, true},
    {"T0: x.sc=1 || T1: y.sc=1 || T2: r0=x.sc; r1=y.sc || T3: r0=y.sc; r1=x.sc",
     "2:r0=1 & 2:r1=0 & 3:r0=1 & 3:r1=0", false, false},
    {"T0: x.rlx=1 || T1: y.rlx=1 || T2: r0=x.rlx; fence.sc; r1=y.rlx || "
     "T3: r0=y.rlx; fence.sc; r1=x.rlx",
     "2:r0=1 & 2:r1=0 & 3:r0=1 & 3:r1=0", false, false},
    // C46: the acquire loads learn of stores that S has behind the seq_cst loads.
    {"T0: x.sc=1 || T1: y.sc=1 || T2: r0=x.acq; r1=y.sc || T3: r0=y.acq; r1=x.sc",
     "2:r0=1 & 2:r1=0 & 3:r0=1 & 3:r1=0", false, true},
    // C71, Z6.U: S has T1's addition before T0's store, which happens before it. C70, where the
    // store strongly happens before T1's load, may not.
    {"T0: x.sc=1; y.rel=1 || T1: r0=add.sc(y,1); r1=y.rlx || T2: y.sc=3; r0=x.sc",
     "1:r0=1 & 1:r1=3 & 2:r0=0", false, true},
    {"T0: x.sc=1; y.rel=1 || T1: r0=y.acq; r1=z.sc || T2: z.sc=1; r0=x.sc",
     "1:r0=1 & 1:r1=0 & 2:r0=0", false, false},
    // Fences, too: T1, which has none, passes on that T0's comes first, but not to coherence.
    {"T0: x.rlx=1; fence.sc; y.rlx=2 || T1: r0=y.rlx; z.rlx=4 || T2: r0=z.rlx; fence.sc; x.rlx=6",
     "1:r0=2 & 2:r0=4 & x=1", false, true},
    // Only a fence acquires what T0 released: its store of x happens before the fence, but not
    // strongly. What is coherence-ordered before that store comes before the fence in S all the
    // same.
    {"T0: x.sc=1; y.rel=1 || T1: r0=y.rlx; fence.sc; r1=z.rlx || T2: z.sc=1; r0=x.sc",
     "1:r0=1 & 1:r1=0 & 2:r0=0", false, false},
};

TEST(SeqCst, EachShapeShowsAsMuchAsItsRulesAllow) {
  for (const Shape& shape : kShapes) {
    const Litmus test = parsed(shape.program, shape.outcome);
    const auto asked = [&](const Final& f) { return holds(test, f); };
    const auto shown = [&](const std::set<Final>& finals) {
      return std::any_of(finals.begin(), finals.end(), asked);
    };
    EXPECT_EQ(shown(explored(test, exec::Memory::weak).outcomes), shape.fast) << shape.program;
    EXPECT_EQ(shown(explored(test, exec::Memory::weak_exact).outcomes), shape.exact)
        << shape.program;
    EXPECT_EQ(shown(outcomes_by_axioms(test)), shape.exact) << shape.program;
  }
}

TEST(SeqCst, AnImpossibleExecutionHasNoVerdict) {
  const Litmus test = parsed("T0: x.sc=1; r0=y.sc || T1: y.sc=1; r0=x.sc");
  const Explored e = explored(test, exec::Memory::weak_exact);
  EXPECT_EQ(e.outcomes.size(), 3U);
  EXPECT_GT(e.all.impossible, 0U);
  EXPECT_EQ(e.all.cut_off, 0U);
}

}  // namespace

// Portfolio: how often the schedules that a campaign draws take each strategy.
//
// `auto` begins with the weights of strategies.def, which say how often each strategy fails the
// stored bugs, and leans to those whose runs have lately brought more news than the others': at
// most twice as much as the weights say, and no less than half. News is a run that reached
// something new, and a failure with a new key, which counts kWorthOfAFinding times as much.
// Promises: a function of what it has been told; all strategies share the campaign's corpus and
// coverage. Leaves out: which program runs (corpus.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "fuzz/program/program.h"

namespace rw::engine {

class Portfolio {
 public:
  // Late in a campaign 0.2 to 0.8 % of the runs reach something new (docs/bugs.md): of each
  // strategy a few between two settings of the weights, so that one finding takes it near the
  // bound.
  static constexpr std::uint32_t kWorthOfAFinding = 16;

  // `only`: index in schedule::strategies() of the one strategy to take; nullopt: `auto`.
  explicit Portfolio(std::optional<unsigned> only = std::nullopt);

  // One for each strategy, for random_schedule() and those who call it.
  std::span<const std::uint32_t> weights() const { return weights_; }

  // A program with this schedule was run, in `executions` runs. `fresh`: it reached something new.
  // `found`: it failed with a new key.
  void saw(const program::Schedule& schedule, unsigned executions, bool fresh, bool found);

  // What all strategies have brought lately.
  std::uint32_t news() const;

 private:
  struct Record {
    std::uint32_t executions = 0;
    std::uint32_t news = 0;
  };
  void weigh();

  bool adapts_;
  std::vector<std::uint32_t> weights_;
  std::vector<Record> records_;
  std::uint32_t since_ = 0;  // executions since the weights were last set
};

}  // namespace rw::engine

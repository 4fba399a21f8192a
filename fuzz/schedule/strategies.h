// The strategies a schedule can be generated with, by name, and replay.
//
// Promises: one file per strategy; a new one is that file and a line in strategies.def.
// Leaves out: how decisions are saved (fuzz/program) and what they mean to a report.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "fuzz/exec/strategy.h"
#include "fuzz/exec/trace.h"

namespace rw::schedule {

struct StrategyInfo {
  const char* name;  // "pct3"
  const char* what;  // one line of help
  unsigned weight;   // how often a new schedule draws it, against the others' weights
  bool uses_stream;  // decisions come from Schedule::stream, not from the seed
  // `stream` must outlive the strategy.
  std::unique_ptr<exec::Strategy> (*make)(std::uint64_t seed, std::span<const std::uint8_t> stream);
};

// In the order of strategies.def; the index is what programs store.
std::span<const StrategyInfo> strategies();

// Where a replay first could not do as its list says.
struct Divergence {
  std::size_t segment = 0;  // index in Decisions::segments
  std::uint32_t step = 0;   // step of the parallel part at which it was noticed
  std::string why;          // "T1 ended before op 2 reached zap_pte_range for the 1st time"
};

// Follows a list of decisions; where it cannot, notes the first divergence and goes on: the next
// segment whose task can run, at the end each task in turn until it blocks or ends.
class Replay : public exec::Strategy {
 public:
  explicit Replay(const exec::Decisions& decisions);
  ~Replay() override;

  bool follows_names() const override;
  void begin(unsigned task_count) override;
  unsigned pick(const exec::View& view) override;
  unsigned choose(const exec::View& view, unsigned task, unsigned n, const char* what,
                  const sync::site& where) override;

  // Whether the whole list was followed to the letter. Call after the execution.
  const std::optional<Divergence>& divergence() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rw::schedule

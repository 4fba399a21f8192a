// The strategies a schedule can be generated with, by name, and replay.
//
// Promises: one file per strategy; a new one is that file and a line in strategies.def.
// Leaves out: how decisions are saved (fuzz/program) and what they mean to a report.
#pragma once

#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>

#include "fuzz/exec/strategy.h"
#include "fuzz/exec/trace.h"

namespace rw::schedule {

struct Profile;

// What a schedule is generated from.
struct Draw {
  std::uint64_t seed = 0;
  std::span<const std::uint8_t> stream = {};  // must outlive the strategy
  // About how many steps each task will make, from runs of programs like it; empty: not known.
  std::span<const std::uint16_t> steps = {};
  // What tasks share, from a run of the same program (profile.h); null: not known.
  const Profile* profile = nullptr;

  std::uint32_t all_steps() const { return std::accumulate(steps.begin(), steps.end(), 0U); }
};

// What a strategy decides from, beside the seed.
enum class Input : std::uint8_t { seed, stream, profile };

struct StrategyInfo {
  const char* name;  // "pct3"
  const char* what;  // one line of help
  unsigned weight;   // how often a new schedule draws it, against the others' weights
  Input input;
  std::unique_ptr<exec::Strategy> (*make)(const Draw& from);

  bool uses_stream() const { return input == Input::stream; }
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

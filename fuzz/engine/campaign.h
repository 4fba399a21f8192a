// The one loop behind `fuzz` and `bugs --hunt`: make a program, run it, keep it if it reached
// something new, make sure of a failure, shrink it, save it.
//
// Promises: with only max_executions as its bound, what a steered campaign runs and finds is a
// function of target, design, seed and the corpus folder's contents; each key is reported once, and
// its file is whole at every instant (unshrunk first, then replaced by the shrunk one).
// Leaves out: other processes (supervisor.h) and deaths of this one: current inputs are put on
// record in `shared` before they run, and whoever survives picks them up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "fuzz/engine/corpus.h"
#include "fuzz/engine/coverage.h"
#include "fuzz/engine/forecast.h"
#include "fuzz/engine/portfolio.h"
#include "fuzz/engine/run.h"
#include "fuzz/engine/shared_state.h"
#include "fuzz/program/design.h"
#include "fuzz/program/prng.h"
#include "fuzz/shrink/shrink.h"

namespace rw::engine {

struct Finding {
  Found found;
  shrink::Size size;             // of found.program
  std::uint64_t executions = 0;  // of the campaign when the failure was met
  double seconds = 0;            // likewise
  std::string file;              // where it is saved; empty without an `out` folder
};

struct CampaignOptions {
  Target* target = nullptr;
  // Values, open ones drawn per program; all open: for each program a right one. Empty:
  // open_design().
  program::DesignValues design;
  // Of every program, those of folders included. nullopt: sc, and what the files of folders say.
  std::optional<exec::Memory> memory;
  exec::Mode mode = exec::Mode::steered;
  std::optional<unsigned> strategy;  // the only one of new schedules; nullopt: the portfolio
  std::uint64_t seed = 1;
  double seconds = 0;                // from when the folders are read; 0: no bound
  std::uint64_t max_executions = 0;  // 0: no bound
  std::string corpus;                // folder, must exist; empty: in memory
  // Executions until one in memory, begun without seeds, starts over for the first time.
  std::uint64_t shortest_start = 60'000;
  std::string seeds;                 // folder of programs to begin with, only read; may be empty
  std::string out;                   // folder for findings, must exist; empty: not saved
  std::string command = "racewalk";  // for the lines to paste
  std::uint64_t shrink_candidates = 20'000;
  double shrink_seconds = 20;
  SharedState* shared = nullptr;
  std::function<bool()> stop;                        // asked after each run
  std::function<bool(const Finding&)> enough;        // asked after each finding; true ends it
  std::function<void(const Finding&)> found;         // a finding, shrunk and saved
  std::function<void(const std::string&)> complain;  // files passed over
};

struct CampaignStatistics {
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  std::uint64_t failures = 0;    // runs that failed, whatever their key
  std::uint64_t overlapped = 0;  // threads mode
  std::uint64_t starts = 0;      // with an empty corpus
  double seconds = 0;
};

class Campaign {
 public:
  explicit Campaign(CampaignOptions options);
  ~Campaign();

  // Runs until a bound is reached. Returns why it had to stop early: cannot write; empty: it did
  // not.
  [[nodiscard]] FileError run();

  const CampaignStatistics& statistics() const { return statistics_; }
  const std::vector<Finding>& findings() const { return findings_; }
  const Coverage& coverage() const { return coverage_; }
  const Corpus& corpus() const { return corpus_; }
  const Portfolio& portfolio() const { return portfolio_; }
  // Seconds since run() had read its folders.
  double seconds() const;

 private:
  enum class From : std::uint8_t { own_corpus, seeds, campaign };

  bool over() const;
  std::span<const std::uint64_t> mechanisms();
  void start_over();
  std::vector<program::Program> read_folder(const std::string& folder);
  void try_all(std::vector<program::Program> programs, From from);
  program::DesignValues design_for(std::uint64_t seed) const;
  program::Program next();
  void alive();
  void put_on_record(const program::Program& p);
  void try_one(program::Program p, From from);
  bool meet(const program::Program& p, const exec::Failure& failure);
  exec::ThreadLog* thread_log();
  std::optional<Found> make_sure(const program::Program& p, const exec::Failure& failure);
  void shrink_finding(Finding& finding);
  void save(Finding& finding);
  void publish();
  void flush_sometimes();

  CampaignOptions options_;
  program::Prng prng_;
  program::RunRecord own_record_{};  // where nothing is shared
  std::unique_ptr<exec::ThreadLog> own_thread_log_;
  Corpus corpus_;
  StepForecast forecast_;
  Portfolio portfolio_;
  Coverage coverage_;
  std::vector<std::uint64_t> mechanisms_;
  CampaignStatistics statistics_;
  std::vector<Finding> findings_;
  std::set<std::string> keys_;
  bool enough_ = false;
  FileError error_;
  double began_ = 0;
  std::uint64_t next_start_ = 0;  // in executions
  unsigned since_flush_ = 0;      // programs tried
  double next_flush_ = 1;
};

// A finding as `fuzz` prints it and saves it beside the program: program, table, stacks, commands.
// `width` is in columns; `color` for terminals. The defaults are those of what is saved.
std::string summary_of(const Finding& finding, const std::string& command, unsigned width = 100,
                       bool color = false);

}  // namespace rw::engine

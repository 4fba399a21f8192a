// One Program, run once; and a failure, made sure of.
//
// Promises: a steered run is a pure function of the program and the options; confirm() gives a
// program whose list of decisions fails again with the same key and the same trace, or says that
// racewalk itself is at fault.
// Leaves out: which program to run next (campaign.h) and what a person sees (fuzz/report).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "fuzz/exec/execution.h"
#include "fuzz/program/program.h"
#include "fuzz/program/redraw.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/shrink/shrink.h"

namespace rw::engine {

struct RunOptions {
  exec::Mode mode = exec::Mode::steered;
  bool record_trace = false;              // steered only
  bool races_go_on = false;               // count data races instead of stopping at the first
  exec::ThreadLog* thread_log = nullptr;  // threads: filled with the order of the steps
  exec::Strategy* strategy = nullptr;     // steered: instead of the program's own schedule
  // Steered: told of the decisions while they are made (schedule/logged.h); for runs that may end
  // with their process.
  std::function<void(const exec::Decisions&)> log = {};
  // Not null: ops that do nothing are drawn anew, and what ran is put there (program/redraw.h).
  program::RunRecord* redraw = nullptr;
};

// Runs `p` once, under its own schedule. In threads mode the schedule's bytes become delays.
// `divergence`, if given, is filled when a list of decisions could not be followed, or (weak_exact)
// leads to an execution that the memory model does not have.
exec::Result run(const program::Program& p, const RunOptions& options,
                 std::optional<schedule::Divergence>* divergence = nullptr);

// Where and why a schedule could not be followed: "step 87: T1 ended before ...", the step as it is
// numbered in the run's `trace`.
std::string in_words(const schedule::Divergence& divergence, const exec::Trace& trace);

// A failure with all that is needed to show it and to have it again.
struct Found {
  program::Program program;  // expect and key filled; list form unless own_bug or found on threads
  exec::Failure failure;
  exec::Trace trace;  // empty for a failure on threads
  std::uint64_t trace_hash = 0;
  std::string key;
  // Not empty: replaying the run's own decisions gave something else; what, in one sentence.
  std::string own_bug;
};

// Runs `p` steered; if it fails, turns it into the list of the decisions it made and replays that.
// Empty if `p` does not fail.
std::optional<Found> confirm(const program::Program& p);

// The same ops under up to `executions` other schedules drawn from `seed`; the first failure that
// is a `wanted` one (empty: any), confirmed.
using Wanted = std::function<bool(const exec::Failure&)>;
std::optional<Found> search_schedules(const program::Program& p, std::uint64_t executions,
                                      std::uint64_t seed, const Wanted& wanted = {});

// The shrinker's predicate: runs `p` steered and says whether it fails with `key`; with an empty
// key, whether it fails at all.
shrink::Attempt attempt(const program::Program& p, const std::string& key);

// Gives `p` the values of `design`; where that is open, its own stay.
void pin_design(program::Program& p, Design design);

// Puts `text` on top of the program's text, as comment lines.
void add_comment(program::Program& p, const std::string& text);

// A failure that has no steered run behind it: on threads, or a sanitizer's.
Found found_without_replay(const program::Program& p, const exec::Failure& failure);

}  // namespace rw::engine

// Results as JSON, schema "racewalk-1" (docs/json.md lists every field).
//
// Promises: each document's first member is "schema": "racewalk-1", its second "document" (what it
// is); fields are only ever added under one schema name. Invalid UTF-8 never appears.
// Leaves out: printing. The command prints one document per run on standard output.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"

namespace rw::report {

using Json = nlohmann::ordered_json;

inline constexpr const char* kSchema = "racewalk-1";

// A failure with where it was saved. Used inside the documents below.
struct Finding {
  exec::Failure failure;
  std::string key;
  std::string file;            // the saved program; empty if it was not saved
  std::string program;         // text of the program; empty: left out
  std::string summary;         // what a failing run prints at its end; empty: left out
  std::string recording = {};  // folder of an rr recording; empty: left out
};

// "document": "replay". One program run `times` times.
struct ReplayResult {
  std::string file;
  std::string target;
  std::string mode;           // "steered" or "threads"
  std::string expected_kind;  // as the file says; "none" or empty: no failure expected
  std::string expected_key;
  std::uint64_t times = 0;
  std::uint64_t failed = 0;            // runs that failed
  std::uint64_t as_expected = 0;       // runs with the outcome the file expects
  std::uint64_t different_traces = 0;  // distinct trace hashes (steered: 1)
  std::uint64_t trace_hash = 0;        // of the first run; 0 in threads mode
  std::uint64_t steps = 0;             // of the first run
  std::uint64_t switches = 0;          // of the first run
  std::string divergence;              // empty: the schedule was followed to the letter
  std::optional<Finding> finding;      // the first failure
  int exit_status = 0;
};

// "document": "shrink".
struct ShrinkSize {
  unsigned tasks = 0, setup_ops = 0, task_ops = 0, switches = 0, choices = 0;
};
struct ShrinkPass {
  std::string name;
  std::uint64_t tried = 0, kept = 0;
};
struct ShrinkResult {
  std::string file;    // the input
  std::string output;  // where the result is; empty: not written
  std::string key;
  std::string
      divergence;  // of the input; empty: its schedule was followed, or what came is expected
  bool reproduced = false;  // the input failed with its key
  bool stopped = false;     // interrupted or out of candidates; the best so far was kept
  ShrinkSize before, after;
  std::uint64_t candidates = 0, memo_hits = 0;
  double seconds = 0;
  std::string needs;  // of design, memory model and granularity; one sentence
  std::vector<ShrinkPass> passes;
  std::optional<Finding> finding;
  int exit_status = 0;
};

// "document": "hunt". Known-wrong values and defects, hunted one after another.
struct HuntEntry {
  std::string name;        // "12-register-narrow-lock"
  unsigned catalogue = 0;  // its catalogue number (docs/bugs.md), 0 if none
  bool found = false;
  std::uint64_t executions = 0, steps = 0;
  double seconds = 0;         // until it was met
  double shrink_seconds = 0;  // from there to the saved file: made sure of, shrunk
  ShrinkSize size;            // after shrinking; zeros if not found
  std::optional<Finding> finding;
};
struct HuntResult {
  std::string target;
  std::uint64_t seed = 0;
  double limit_seconds = 0;  // per entry
  std::vector<HuntEntry> entries;
  int exit_status = 0;
};

// "document": "fuzz". A campaign, whole or interrupted.
struct FuzzJob {
  std::string name;  // "asan-steered"
  std::uint64_t executions = 0, steps = 0;
  double seconds = 0;
};
struct FuzzResult {
  std::string target;
  std::uint64_t seed = 0;
  double seconds = 0;
  bool interrupted = false;
  std::uint64_t executions = 0, steps = 0;
  std::uint64_t edges = 0, orderings = 0, corpus = 0;
  std::vector<FuzzJob> jobs;
  std::vector<Finding> findings;
  std::string error;  // why it ended itself; empty: it did not
  int exit_status = 0;
};

// A fresh document with its two first members, for subcommands with a result of their own (bugs
// without --hunt, fmt, doctor).
Json document(const char* kind);

// "setup", "parallel" or "finish".
const char* name_of_phase(std::uint8_t phase);

Json to_json(const exec::Failure& failure);
Json to_json(const exec::Trace& trace);  // an array of events
Json to_json(const Finding& finding);
Json to_json(const ReplayResult& result);
Json to_json(const ShrinkResult& result);
Json to_json(const HuntResult& result);
Json to_json(const FuzzResult& result);

// Pretty-printed with a final newline; bytes that are no UTF-8 are replaced.
std::string print(const Json& document);
// The same with "exit_status", what the command ends with, as the last member.
std::string print(Json document, int exit_status);

}  // namespace rw::report

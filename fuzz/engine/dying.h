// Runs that may end with their process: what only a sanitizer sees, null pointers, hangs.
//
// Runs are made in a forked child, one after another until one of them ends it. The child tells of
// its decisions while it makes them, which is enough to turn such a failure into a list that
// replays, and to shrink it.
//
// Promises: the caller survives whatever the program does, and nothing it prints reaches the
// caller's streams.
// Asked of the caller: it has one thread, and in TSan builds has made no run itself
// (exec/fiber.h, fiber_survives_fork).
// Leaves out: threads mode.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/engine/run.h"
#include "fuzz/program/program.h"
#include "fuzz/shrink/shrink.h"

namespace rw::engine {

// Whether failures of this kind ("sanitizer", "crash") end the process.
bool is_deadly(std::string_view kind);

// Whether `p` has to be run in a child: its failure is said to be deadly, or nothing is said of how
// it ends and a child did not survive it.
bool ends_its_process(const program::Program& p);

// How many schedules a shrinker tries for a program that dies: a child costs a hundred runs.
inline constexpr unsigned kSearchesInChildren = 10;

// What a child has written to the file it was given for its output: 1 MiB at most.
std::string report_in(int file);

struct Ending {
  std::string key;  // of the failure, deadly or not; empty: the program ran to its end
  std::optional<exec::Failure> death;  // if it was deadly
  std::string report;                  // what the child wrote
  exec::Decisions decisions;
};

class ChildRunner {
 public:
  // `seconds`: a run that takes longer is a hang, and the child is killed.
  explicit ChildRunner(double seconds = 20);
  ~ChildRunner();

  // Runs `p` once, steered.
  Ending run(const program::Program& p);

  // As confirm() and attempt() of run.h, for programs that end with their process. What counts is a
  // run in a new child: an old one's sanitizer remembers earlier runs. confirm() keeps the list of
  // decisions if it gives the same key again.
  std::optional<Found> confirm(const program::Program& p);
  shrink::Attempt attempt(const program::Program& p, const std::string& key);

 private:
  struct Child;
  void start();
  Ending run_in_new_child(const program::Program& p);

  double seconds_;
  std::unique_ptr<Child> child_;
};

}  // namespace rw::engine

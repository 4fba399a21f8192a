// The cross-check: does ThreadSanitizer see a data race in exactly the runs in which our own
// detector does?
//
// In the TSan binary, steered, with settings.races_go_on: neither detector stops a run. Reports are
// counted through verdict::set_report_hook. Run by run, "some race" is compared, not their number.
// TSan keeps four accesses per 8 bytes; which one makes room for a fifth is a matter of chance, so
// a race that only we saw is run again until TSan sees it too. It disagrees if it never does.
// Promises: a disagreement is kept with its input.
// Leaves out: who is right; docs/limits.md lists what TSan is known to miss.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "fuzz/engine/shared_state.h"
#include "fuzz/program/program.h"
#include "fuzz/target.h"

namespace rw::engine {

struct Disagreement {
  program::Program program;
  std::uint32_t own = 0;   // races our detector met
  std::uint32_t tsan = 0;  // reports of ThreadSanitizer
};

struct CrossCheckOptions {
  std::vector<Target*> targets;
  exec::Memory memory = exec::Memory::sc;
  std::uint64_t seed = 1;
  std::uint64_t max_executions = 0;  // 0: no bound
  double seconds = 0;                // 0: no bound
  SharedState* shared = nullptr;
  std::function<bool()> stop;
  std::function<void(const Disagreement&)> disagreed;
};

struct CrossCheck {
  std::uint64_t executions = 0;
  std::uint64_t own = 0;       // runs with a race of ours
  std::uint64_t tsan = 0;      // runs with a report of TSan's, at the first attempt or a later one
  std::uint64_t again = 0;     // of those, the ones that took more than one attempt
  std::uint64_t only_own = 0;  // disagreements
  std::uint64_t only_tsan = 0;
};

// Whether this binary has ThreadSanitizer. If it has, but with options that stop at the first
// report or hide equal ones, the program is executed anew with the options needed; `argv` is
// main's.
bool ready_for_cross_check(char** argv);

CrossCheck cross_check(const CrossCheckOptions& options);

}  // namespace rw::engine

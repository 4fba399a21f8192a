// How a worker ended, told from its exit status and what it wrote on standard error.
//
// Promises: classification is by the report's text first and the status second: an exit status
// alone (1, 66) says little. The parts of a death are function names only, so its key is as stable
// as a report can be. Leaves out: whether the input is to blame. A worker killed from outside says
// nothing about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/exec/failure.h"

namespace rw::engine {

enum class DeathKind : std::uint8_t {
  finished,      // exit 0: it did what it was asked to
  sanitizer,     // a sanitizer stopped it
  crash,         // a signal, an abort or an exception of the code under test
  hang,          // the supervisor killed it: no execution ended for too long
  killed,        // SIGKILL from outside (a person, the OOM killer)
  own_bug,       // exit 70: an RW_CHECK of racewalk
  cannot_write,  // exit 74: disk full, or the folder is gone
  usage,         // exit 64: supervisor and worker do not understand each other
};

struct Death {
  DeathKind kind = DeathKind::finished;
  // "data-race", "heap-use-after-free", "undefined-behaviour", "SIGSEGV", "no-progress".
  std::string what;
  std::vector<std::string> functions;  // innermost of the code under test, one per stack, up to two
  std::string message;                 // one line for people
};

// `wait_status`: as waitpid gives it. `report`: what the worker wrote on standard error.
// `killed_for_hanging`: the supervisor sent the SIGKILL itself.
Death classify(int wait_status, std::string_view report, bool killed_for_hanging);

// The death as a failure, whose key is verdict::key_of. Empty if the input is not to blame.
std::optional<exec::Failure> failure_of(const Death& death);

// The innermost function of the code under test in each stack of a sanitizer's report, at most
// `limit` of them. Frames of the run-time library, of libstdc++ and of the engine are passed over.
std::vector<std::string> blamed_functions(std::string_view report, unsigned limit);

}  // namespace rw::engine

// The state of an exploration as a file: how far it is and which searches are left.
//
// Promises: only what the same build wrote for the same program and bound is gone on with; a file
// that has been cut short or changed is refused, in words. Leaves out: half-done executions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/engine/explore.h"

namespace rw::engine {

// What a state is about: the program with its memory model and granularity, as text, and the bound.
struct ExploreSubject {
  std::uint64_t program = 0;
  std::uint64_t build = 0;  // of the binary
};
ExploreSubject explore_subject(std::string_view program_text, unsigned preemptions);

std::string print_state(const ExploreSubject& subject, const Exploration& so_far);

// False, with `error` filled ("it has been cut short"), if `text` is no state of `subject`.
bool parse_state(std::string_view text, const ExploreSubject& subject, Exploration& so_far,
                 std::string& error);

}  // namespace rw::engine

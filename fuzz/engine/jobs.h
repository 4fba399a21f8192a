// The jobs a campaign can be made of: a build of racewalk and a mode. One line each in jobs.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/exec/execution.h"

namespace rw::engine {

struct JobKind {
  const char* name;    // "asan-steered"
  const char* suffix;  // of the binary beside this one: "-asan"
  exec::Mode mode;
  bool cross_check;  // compares the own race detector with ThreadSanitizer (cross_check.h)
  const char* what;
};
std::span<const JobKind> job_kinds();

// Null if there is none of that name.
const JobKind* find_job(std::string_view name);

// The binary of a job, in the folder of the running one. It need not exist.
std::string binary_of(const JobKind& job);
bool can_run(const JobKind& job);

// The jobs of a campaign unless told otherwise. A job whose binary is not there is left out and its
// binary added to `missing`; plain-steered then takes its place.
std::vector<const JobKind*> default_jobs(std::vector<std::string>& missing);

}  // namespace rw::engine

#include "fuzz/engine/jobs.h"

#include <unistd.h>

#include <algorithm>

#include "fuzz/engine/files.h"

namespace rw::engine {
namespace {

constexpr JobKind kJobs[] = {
    {"asan-steered", "-asan", exec::Mode::steered, false,
     "AddressSanitizer and UndefinedBehaviorSanitizer, every step scheduled"},
    {"tsan-steered", "-tsan", exec::Mode::steered, false, "ThreadSanitizer, every step scheduled"},
    {"tsan-threads", "-tsan", exec::Mode::threads, false, "ThreadSanitizer, real threads"},
    {"plain-steered", "", exec::Mode::steered, false, "no sanitizer, every step scheduled"},
    {"plain-threads", "", exec::Mode::threads, false, "no sanitizer, real threads"},
    {"cross-check", "-tsan", exec::Mode::steered, true,
     "compares the own race detector with ThreadSanitizer, run by run"},
};

}  // namespace

std::span<const JobKind> job_kinds() {
  return kJobs;
}

const JobKind* find_job(std::string_view name) {
  for (const JobKind& job : kJobs)
    if (name == job.name) return &job;
  return nullptr;
}

std::string binary_of(const JobKind& job) {
  return own_folder() + "/racewalk" + job.suffix;
}

bool can_run(const JobKind& job) {
  return ::access(binary_of(job).c_str(), X_OK) == 0;
}

std::vector<const JobKind*> default_jobs(std::vector<std::string>& missing) {
  std::vector<const JobKind*> jobs;
  for (const char* name : {"asan-steered", "tsan-steered", "tsan-threads"}) {
    const JobKind* job = find_job(name);
    const std::string binary = binary_of(*job);
    if (can_run(*job))
      jobs.push_back(job);
    else if (std::find(missing.begin(), missing.end(), binary) == missing.end())
      missing.push_back(binary);
  }
  if (!missing.empty()) jobs.push_back(find_job("plain-steered"));
  return jobs;
}

}  // namespace rw::engine

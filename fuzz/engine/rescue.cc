#include "fuzz/engine/rescue.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>
#include <thread>

#include "fuzz/engine/campaign.h"
#include "fuzz/engine/capture.h"
#include "fuzz/engine/corpus.h"
#include "fuzz/engine/run.h"
#include "fuzz/engine/worker_process.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/text.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

using program::Program;

constexpr std::uint64_t kSearches = 5000;  // schedules of each sort tried to see it ourselves
constexpr int kSearchSeconds = 10;
constexpr double kShrinkSeconds = 10;

void wait_at_most(pid_t child, int seconds) {
  for (int i = 0; i < seconds * 100; i++) {
    if (::waitpid(child, nullptr, WNOHANG) == child) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

// In a child, because the input has just killed a process. Returns the key it saved the input
// under, or "" if no schedule shows the failure to our own detectors.
std::string save_as_own(const Rescue& rescue, const Program& p) {
  const Wanted wanted = same_death(rescue.death);
  int ends[2];
  if (!wanted || ::pipe(ends) != 0) return {};
  static const exec::ThreadLog empty{};
  const bool logged = rescue.mode == exec::Mode::threads && rescue.thread_log != nullptr;
  const exec::ThreadLog& log = logged ? *rescue.thread_log : empty;
  const CaptureLimits limits{.around = logged ? kSearches : 0, .search = kSearches, .stop = {}};
  const pid_t child = ::fork();
  if (child == 0) {
    std::optional<Captured> captured = capture(p, log, wanted, limits);
    if (!captured || !captured->found.own_bug.empty()) ::_exit(1);
    Finding finding;
    finding.found = std::move(captured->found);
    const std::string stem = rescue.out + "/" + finding.found.key;
    finding.file = stem + ".race";
    const std::string picture = summary_of(finding, rescue.called_as);
    if (!write_whole(stem + ".txt", picture).empty()) ::_exit(1);
    if (!write_whole(finding.file, program::print(finding.found.program)).empty()) ::_exit(1);
    const std::string& key = finding.found.key;
    ::_exit(::write(ends[1], key.data(), key.size()) < 0 ? 1 : 0);
  }
  ::close(ends[1]);
  std::string key;
  if (child > 0) {
    wait_at_most(child, kSearchSeconds);
    char buffer[256];
    const ssize_t n = ::read(ends[0], buffer, sizeof buffer);
    if (n > 0) key.assign(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  return key;
}

// By the build that saw it, in a process of its own; what that prints is the finding's picture. If
// it fails nothing is lost: the file is there as it was met.
void shrink_saved(const Rescue& rescue, const std::string& stem) {
  const std::string file = stem + ".race";
  const std::string log = rescue.out + "/work/shrink.log";
  FileError error;
  auto process = WorkerProcess::start(
      {rescue.command, "shrink", "--output=" + file, fmt::format("--seconds={}", kShrinkSeconds),
       "--", file},  // its folder may be called -x
      log, error);
  if (!process) return;
  const std::optional<int> status = process->wait(2 * kShrinkSeconds);
  const std::string said = read_whole(log, error).value_or("");
  if (status && *status == 0) (void)write_whole(stem + ".txt", said);
  ::unlink(log.c_str());
}

Rescued save_unfinished(const Rescue& rescue, Program p, const char* prefix) {
  Rescued rescued;
  rescued.file = fmt::format("{}/work/{}-{}", rescue.out, prefix, corpus_name(p));
  add_comment(p, rescue.death.message);
  add_comment(p, fmt::format("it was running in job {}", rescue.job));
  rescued.error = write_whole(rescued.file, program::print(p));
  return rescued;
}

}  // namespace

Rescued save_input(const Rescue& rescue) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(rescue.input.data());
  Program p =
      program::as_run(program::decode(*rescue.target, {bytes, rescue.input.size()}), rescue.run);
  program::normalise(p);  // a process that dies of memory gone wrong may have written anything
  const std::optional<exec::Failure> failure = failure_of(rescue.death);
  if (!failure)
    return save_unfinished(rescue, std::move(p),
                           rescue.death.kind == DeathKind::own_bug ? "own-bug" : "killed");

  Rescued rescued;
  rescued.is_finding = true;
  const std::string own_key = save_as_own(rescue, p);
  const std::string key = own_key.empty() ? verdict::key_of(*failure) : own_key;
  const std::string stem = rescue.out + "/" + key;
  rescued.file = stem + ".race";
  rescued.error = write_whole(stem + ".report.txt", rescue.report);
  if (!rescued.error.empty() || !own_key.empty()) return rescued;

  const char* mode = rescue.mode == exec::Mode::threads ? " --mode threads --times 1000" : "";
  Finding finding;
  finding.found = found_without_replay(p, *failure);
  finding.file = rescued.file;
  Program& saved = finding.found.program;
  add_comment(saved, failure->message);
  add_comment(saved, fmt::format("seen by job {}; report: {}.report.txt", rescue.job, key));
  add_comment(saved, fmt::format("replay with: {} replay FILE{}", rescue.command, mode));
  rescued.error = write_whole(stem + ".txt", summary_of(finding, rescue.command));
  if (rescued.error.empty())
    rescued.error = write_whole(rescued.file, program::print(finding.found.program));
  if (rescued.error.empty() && rescue.mode == exec::Mode::steered) shrink_saved(rescue, stem);
  return rescued;
}

}  // namespace rw::engine

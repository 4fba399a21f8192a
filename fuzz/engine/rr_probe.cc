#include "fuzz/engine/rr_probe.h"

#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "fuzz/engine/other_programs.h"
#include "fuzz/engine/scratch_folder.h"

namespace rw::engine {
namespace {

using Stop = std::function<bool()>;

constexpr double kSeconds = 20;  // for one recording or replay of the helper, on a busy machine

// Ways of recording, the best first.
const std::vector<std::vector<std::string>> kLadder = {{}, {"-n"}, {"-W"}, {"-W", "-n"}};

bool counts_in_software(const std::vector<std::string>& options) {
  return !options.empty() && options[0] == "-W";
}

// Whether another process traces this one: rr cannot, then.
bool has_tracer() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("TracerPid:")) return std::atoi(line.c_str() + 10) != 0;
  return false;
}

RrComplaint complaint_of(const Ran& ran) {
  if (ran.stopped) return {RrProblem::interrupted, {}};
  if (ran.timed_out) return {RrProblem::timed_out, fmt::format("no end within {} s", kSeconds)};
  return classify_rr(ran.output);
}

// Records the helper and replays it.
RrComplaint attempt(const Rr& rr, const std::vector<std::string>& helper, const Stop& stop) {
  const ScratchFolder scratch;
  if (scratch.path.empty()) return {RrProblem::other, "no folder for temporary files can be made"};
  const std::string trace = scratch.path + "/trace";
  std::vector<std::string> record = {rr.path, "record"};
  record.insert(record.end(), rr.options.begin(), rr.options.end());
  record.insert(record.end(), {"-o", trace});
  record.insert(record.end(), helper.begin(), helper.end());
  const Ran recorded = run_program(record, kSeconds, stop);
  if (recorded.status != 0) return complaint_of(recorded);

  std::vector<std::string> replay = {rr.path, "replay"};
  const std::vector<std::string> options = rr.replay_options();
  replay.insert(replay.end(), options.begin(), options.end());
  replay.insert(replay.end(), {"-a", trace});
  const Ran replayed = run_program(replay, kSeconds, stop);
  const Ran expected = run_program(helper, kSeconds, stop);
  if (replayed.timed_out || replayed.stopped) return complaint_of(replayed);
  if (replayed.status != 0 || replayed.output.find(expected.output) == std::string::npos)
    return {RrProblem::diverged, classify_rr(replayed.output).said};
  return {};
}

}  // namespace

std::vector<std::string> Rr::replay_options() const {
  return software ? std::vector<std::string>{"-W"} : std::vector<std::string>{};
}

RrProbe probe_rr(RrWanted wanted, const std::string& path, const std::vector<std::string>& helper,
                 const Stop& stop) {
  RrProbe probe;
  const auto give_up = [&probe](RrProblem problem, std::string said) {
    probe.why_not = {problem, std::move(said)};
    return probe;
  };
  probe.rr.path = find_program({path.empty() ? "rr" : path});
  if (probe.rr.path.empty())
    return give_up(RrProblem::not_installed,
                   path.empty() ? "no rr in PATH" : path + " is no program");
  if (std::getenv("RUNNING_UNDER_RR") != nullptr)
    return give_up(RrProblem::nested, "RUNNING_UNDER_RR is set");
  if (has_tracer()) return give_up(RrProblem::debugged, "this process is being traced");
  probe.rr.version = run_program({probe.rr.path, "--version"}, kSeconds, stop).output;
  probe.rr.version.resize(std::min(probe.rr.version.find('\n'), probe.rr.version.size()));

  for (const std::vector<std::string>& options : kLadder) {
    const bool software = counts_in_software(options);
    if ((wanted == RrWanted::hardware && software) || (wanted == RrWanted::software && !software))
      continue;
    probe.rr.options = options;
    probe.rr.software = software;
    const RrComplaint complaint = attempt(probe.rr, helper, stop);
    probe.attempts.push_back({options, complaint});
    probe.works = complaint.problem == RrProblem::none;
    if (probe.works) return probe;
    if (complaint.problem == RrProblem::interrupted) return give_up(complaint.problem, {});
    RrComplaint& first = software ? probe.why_not : probe.why_not_hardware;
    if (first.problem == RrProblem::none) first = complaint;
    if (complaint.problem == RrProblem::no_software) break;
  }
  // That an rr has no software counters is less of a reason than what ails its hardware counters.
  if (probe.why_not.problem == RrProblem::none ||
      (probe.why_not.problem == RrProblem::no_software &&
       probe.why_not_hardware.problem != RrProblem::none))
    probe.why_not = probe.why_not_hardware;
  return probe;
}

std::string in_words(const RrProbe& probe) {
  const auto reason = [](const RrComplaint& c) {
    return fmt::format("{}{}{}", name_of(c.problem), c.said.empty() ? "" : ": ", c.said);
  };
  if (!probe.works)
    return fmt::format("no recording ({}); {}", reason(probe.why_not),
                       advice_for(probe.why_not.problem));
  std::string words =
      fmt::format("recording with {} counters", probe.rr.software ? "software" : "hardware");
  if (probe.rr.software && probe.why_not_hardware.problem != RrProblem::none)
    words += fmt::format(" (hardware: {})", reason(probe.why_not_hardware));
  return words;
}

}  // namespace rw::engine

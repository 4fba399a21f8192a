#include "fuzz/engine/debugger.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "fuzz/engine/gdb_scripts.h"
#include "fuzz/engine/other_programs.h"
#include "fuzz/program/text.h"
#include "fuzz/report/json.h"

namespace rw::engine {
namespace {

using report::Json;

Json trace_document(const Found& found) {
  Json document = report::document("trace");
  document["key"] = found.key;
  document["failure"] = report::to_json(found.failure);
  document["object"] = report::object_in_message(found.trace, found.failure);
  document["failing"] = report::failing_in_words(found.trace, found.failure);
  document["stops"] = Json::array();
  for (const report::Stop& stop : report::stops_of(found.trace, found.failure))
    document["stops"].push_back({{"event", stop.event}, {"what", stop.what}});
  document["events"] = report::to_json(found.trace);
  for (std::size_t i = 0; i < found.trace.events.size(); i++) {
    const exec::Event& event = found.trace.events[i];
    document["events"][i]["what"] = report::in_words(event);
    if (event.location != 0) document["events"][i]["location"] = event.location;
  }
  return document;
}

std::vector<std::string> gdb_line(const Debuggee& d, const std::string& gdb, bool batch,
                                  const std::string& command) {
  std::vector<std::string> options = {"-q"};
  if (batch) options.insert(options.end(), {"-nx", "-batch", "-iex", "set debuginfod enabled off"});
  options.insert(options.end(), {"-x", d.folder + "/racewalk.py"});
  std::vector<std::string> line;
  if (d.rr_trace.empty()) {
    line = {gdb};
    line.insert(line.end(), options.begin(), options.end());
    line.insert(line.end(),
                {"-ex", command, "--args", own_program(), "inferior", d.folder + "/program.race"});
    return line;
  }
  // rr connects gdb to the recording at the first "-ex continue": before, there is no program.
  line = {d.rr.path, "replay"};
  const std::vector<std::string> replay = d.rr.replay_options();
  line.insert(line.end(), replay.begin(), replay.end());
  line.insert(line.end(), {"-q", "-d", gdb, d.rr_trace, "--"});
  line.insert(line.end(), options.begin(), options.end());
  line.insert(line.end(), {"-ex", "continue", "-ex", command});
  return line;
}

std::vector<Frame> frames_in(const nlohmann::json& list) {
  std::vector<Frame> frames;
  for (const auto& frame : list)
    frames.push_back(
        {frame.value("function", ""), frame.value("file", ""), frame.value("line", 0U)});
  return frames;
}

// Fills `batch` from what the script wrote. Returns whether it came to its end.
bool take_result(const std::string& path, Batch& batch) {
  FileError error;
  const auto text = read_whole(path, error);
  const auto result = nlohmann::json::parse(text.value_or(""), nullptr, false);
  if (!result.is_object()) return false;
  batch.stops.clear();
  batch.accesses.clear();
  for (const auto& stop : result.at("stops"))
    batch.stops.push_back({.task = stop.value("task", 0U),
                           .step = stop.value("step", 0U),
                           .phase = stop.value("phase", "parallel"),
                           .what = stop.value("what", ""),
                           .source = stop.value("source", ""),
                           .frames = frames_in(stop.at("frames")),
                           .failed = stop.value("failed", false)});
  for (const auto& access : result.at("accesses"))
    batch.accesses.push_back(frames_in(access.at("frames")));
  return result.value("done", false);
}

struct BatchRun {
  const Debuggee& debuggee;
  const std::string &gdb, &path;
  const std::function<bool()>& stop;
};

// Runs the script in one direction. Returns what went wrong.
std::string go(const BatchRun& run, const std::string& direction, double seconds, Batch& batch) {
  const std::string command = fmt::format("rw-batch {} {}", direction, run.path);
  const Ran ran = run_program(gdb_line(run.debuggee, run.gdb, true, command), seconds, run.stop);
  batch.direction = direction;
  if (take_result(run.path, batch)) return {};
  if (ran.stopped) return "interrupted";
  if (ran.timed_out) return fmt::format("no end within {:.0f} s", seconds);
  return ran.output.empty() ? "gdb says nothing" : ran.output;
}

}  // namespace

FileError write_debug_files(const std::string& folder, const Found& found) {
  FileError error =
      write_whole(folder + "/program.race", program::print(found.program), OnDisk::later);
  if (error.empty() && !found.trace.events.empty())
    error =
        write_whole(folder + "/trace.json", report::print(trace_document(found)), OnDisk::later);
  return error.empty() ? write_gdb_scripts(folder) : error;
}

std::vector<std::string> interactive_gdb(const Debuggee& debuggee, const std::string& gdb) {
  return gdb_line(debuggee, gdb, false, "rw-run");
}

Batch run_gdb_batch(const Debuggee& debuggee, const std::string& gdb, const std::string& scratch,
                    double seconds, const std::function<bool()>& stop) {
  const BatchRun run{debuggee, gdb, scratch, stop};
  Batch batch;
  if (!debuggee.rr_trace.empty()) {
    batch.why_not_reverse = go(run, "reverse", seconds, batch);
    if (batch.why_not_reverse.empty()) return batch;
  }
  const bool second = !batch.why_not_reverse.empty();
  batch.error = go(run, "forward", second ? 5 * seconds : seconds, batch);
  return batch;
}

}  // namespace rw::engine

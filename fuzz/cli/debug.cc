// racewalk debug: gdb on a failure, standing at the failing access (fuzz/engine/debugger.h).
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/debugger.h"
#include "fuzz/engine/dying.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/other_programs.h"
#include "fuzz/engine/rr_record.h"
#include "fuzz/engine/run.h"
#include "fuzz/engine/scratch_folder.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

struct DebugOptions {
  std::string file, target;
  bool batch = false;
  bool live = false;
  double seconds = 60;
  bool json = false;
};

// The failure with its trace; without a trace if it ends the process.
engine::Found failing(const std::string& file, const program::Program& p) {
  std::optional<engine::Found> found =
      engine::ends_its_process(p) ? engine::ChildRunner().confirm(p) : engine::confirm(p);
  if (!found)
    stop(engine::kExitOther,
         fmt::format("{} does not fail when it is run steered: there is nothing to stop at", file));
  return std::move(*found);
}

report::Json to_json(const engine::Frame& frame) {
  return {{"function", frame.function}, {"file", frame.file}, {"line", frame.line}};
}

report::Json to_json(const std::vector<engine::Frame>& frames) {
  report::Json json = report::Json::array();
  for (const engine::Frame& frame : frames) json.push_back(to_json(frame));
  return json;
}

void print_frames(const std::vector<engine::Frame>& frames) {
  const char* how = "in";
  for (const engine::Frame& frame : frames) {
    fmt::print("     {} {:24} {}:{}\n", how, frame.function, frame.file, frame.line);
    how = "by";
  }
}

// Set-up and the final checks run as task 0 and are no task's.
std::string who(unsigned task, std::string_view phase) {
  if (phase == "setup") return "set-up";
  return phase == "finish" ? "final checks" : fmt::format("T{}", task);
}

void print_batch(const engine::Found& found, const engine::Batch& batch) {
  fmt::print("{}  {}\n{}\n", found.failure.kind, found.key, found.failure.message);
  unsigned number = 1;
  for (const engine::Stopped& stop : batch.stops) {
    fmt::print("\n{:3}  step {}, {}: {}\n", number++, stop.step, who(stop.task, stop.phase),
               stop.what);
    print_frames(stop.frames);
    if (!stop.source.empty()) fmt::print("     > {}\n", stop.source);
  }
  if (!batch.accesses.empty())
    fmt::print("\nAccesses of that memory, latest first, as a watchpoint met them going back:\n");
  for (const std::vector<engine::Frame>& frames : batch.accesses)
    if (!frames.empty())
      fmt::print("     {:24} {}:{}\n", frames[0].function, frames[0].file, frames[0].line);
  if (!batch.why_not_reverse.empty())
    fmt::print("\nReverse execution gave up ({}); the recording was replayed forward{}.\n",
               batch.why_not_reverse, batch.error.empty() ? "" : ", in vain");
}

// Tasks are listed while they run: not in set-up, and not in the final checks.
std::string_view phase_of_failure(const engine::Found& found) {
  if (!found.failure.tasks.empty() || found.trace.events.empty()) return "parallel";
  return found.trace.events.back().phase == 0 ? "setup" : "finish";
}

// Both places as the trace knows them.
void print_without_gdb(const engine::Found& found) {
  fmt::print("{}  {}\n{}\n", found.failure.kind, found.key, found.failure.message);
  for (const report::Stop& stop : report::stops_of(found.trace, found.failure)) {
    const exec::Event& event = found.trace.events[stop.event - 1];
    fmt::print("  step {}, {}: {}  {}:{}\n", event.step,
               who(event.task, report::name_of_phase(event.phase)), stop.what, event.where.file,
               event.where.line);
  }
  if (found.trace.events.empty()) return;  // it ended its process
  fmt::print("  step {}, {}: {}  {}:{}\n", found.failure.step,
             who(found.failure.task, phase_of_failure(found)), found.failure.kind,
             found.failure.where.file, found.failure.where.line);
}

void print_json(const DebugOptions& o, const engine::Found& found, const engine::Batch& batch,
                int status) {
  report::Json document = report::document("debug");
  document["file"] = o.file;
  document["key"] = found.key;
  document["direction"] = batch.direction;
  document["stops"] = report::Json::array();
  for (const engine::Stopped& stop : batch.stops)
    document["stops"].push_back({{"task", stop.task},
                                 {"step", stop.step},
                                 {"phase", stop.phase},
                                 {"what", stop.what},
                                 {"failed", stop.failed},
                                 {"source", stop.source},
                                 {"frames", to_json(stop.frames)}});
  document["accesses"] = report::Json::array();
  for (const std::vector<engine::Frame>& frames : batch.accesses)
    document["accesses"].push_back(to_json(frames));
  document["why_not_reverse"] =
      batch.why_not_reverse.empty() ? report::Json(nullptr) : report::Json(batch.why_not_reverse);
  document["error"] = batch.error.empty() ? report::Json(nullptr) : report::Json(batch.error);
  fmt::print("{}", report::print(document, status));
}

// What gdb looks at: a recording that was stored, or else the steered replay.
struct Subject {
  engine::Found found;
  engine::Debuggee debuggee;
  std::string program;  // the .race file
};

// The recording that `file` is, or that lies beside it.
std::optional<engine::Stored> stored_recording(const DebugOptions& o) {
  const bool folder = std::filesystem::is_directory(o.file);
  const std::string path = folder ? o.file : engine::recording_of(o.file);
  if (!folder && (o.live || !std::filesystem::exists(path + "/meta.json"))) return std::nullopt;
  engine::FileError error;
  std::optional<engine::Stored> stored = engine::open_recording(path, error, engine::interrupted);
  if (!stored && folder) stop(engine::kExitUsage, error);
  if (!stored) complain(error);
  return stored;
}

Subject subject_of(const DebugOptions& o) {
  Subject s;
  std::optional<engine::Stored> stored = stored_recording(o);
  if (stored && !stored->debuggee.rr_trace.empty() && !o.live) {
    s.debuggee = stored->debuggee;
    s.found.key = stored->key;
    s.found.failure.kind = stored->kind;
    s.found.failure.message = stored->message;
    return s;
  }
  if (stored && !o.live)
    complain(stored->why_not + (stored->threads == 0 ? "; debugging the steered replay" : ""));
  s.program = std::filesystem::is_directory(o.file) ? o.file + "/program.race" : o.file;
  if (stored && stored->threads != 0)
    stop(engine::kExitUsage,
         fmt::format("the failure was met on real threads: record it again with racewalk record "
                     "{} --threads {}",
                     s.program, stored->threads));
  s.found = failing(s.program, program_in(s.program, o.target));
  return s;
}

int debug(const DebugOptions& o) {
  const std::string gdb = engine::find_program({"gdb"});
  const bool batch_run = o.batch || o.json;
  if (batch_run) engine::catch_interrupts();
  Subject s = subject_of(o);
  if (gdb.empty()) {
    if (!o.json) print_without_gdb(s.found);
    stop(engine::kExitUsage, "there is no gdb in PATH: install gdb");
  }
  const engine::ScratchFolder scratch;
  if (scratch.path.empty())
    stop(engine::kExitCannotWrite,
         fmt::format("cannot make a folder for temporary files: {}", std::strerror(errno)));
  if (s.debuggee.folder.empty()) {
    s.debuggee.folder = scratch.path;
    const engine::FileError error = engine::write_debug_files(scratch.path, s.found);
    if (!error.empty()) stop(engine::kExitCannotWrite, error);
  }
  if (!batch_run) {
    (void)engine::run_in_terminal(engine::interactive_gdb(s.debuggee, gdb));
    return engine::kExitNothing;
  }
  const engine::Batch batch = engine::run_gdb_batch(s.debuggee, gdb, scratch.path + "/batch.json",
                                                    o.seconds, engine::interrupted);
  if (engine::interrupted()) stop(engine::kExitInterrupted, "interrupted");
  const int status = batch.error.empty() ? engine::kExitNothing : engine::kExitOther;
  if (o.json)
    print_json(o, s.found, batch, status);
  else
    print_batch(s.found, batch);
  if (!batch.error.empty() && !o.json) print_without_gdb(s.found);
  if (!batch.error.empty()) complain("gdb did not come to the failure: " + batch.error);
  return status;
}

}  // namespace

void add_debug(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("debug", "open gdb at the failing access");
  auto o = std::make_shared<DebugOptions>();
  c->add_option("FILE", o->file, "a .race file, or a folder that racewalk record made")->required();
  c->add_flag("--batch", o->batch, "no prompt: print both accesses and end");
  c->add_flag("--live", o->live, "the steered replay, also where there is a recording");
  c->add_option("--seconds", o->seconds,
                "for --batch (default 60); forward after a reverse run in vain: five times that")
      ->check(above_zero());
  c->add_option("--target", o->target, "what a raw input is for");
  c->add_flag("--json", o->json, "as --batch, the result as JSON");
  c->callback([o, status] { *status = debug(*o); });
}

}  // namespace rw::cli

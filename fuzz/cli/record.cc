// racewalk record: a failure under rr, for debug and for colleagues (fuzz/engine/rr_record.h).
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/cli/rr_choice.h"
#include "fuzz/engine/clock.h"
#include "fuzz/engine/dying.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/made_folders.h"
#include "fuzz/engine/on_threads.h"
#include "fuzz/engine/other_programs.h"
#include "fuzz/engine/rr_record.h"
#include "fuzz/report/json.h"
#include "fuzz/shrink/shrink.h"
#include "fuzz/verdict/key.h"

namespace rw::cli {
namespace {

constexpr const char* kInterrupted = "interrupted: nothing is recorded";

struct RecordOptions {
  std::string file, target, out;
  std::string rr = "auto";
  std::uint64_t threads = 0;
  unsigned attempts = 3;
  double seconds = 60;
  double shrink_seconds = 20;
  std::uint64_t max_megabytes = 256;
  bool json = false;
};

engine::Found found_on_threads(const RecordOptions& o, const program::Program& p) {
  for (std::uint64_t i = 0; i < o.threads; i++) {
    if (engine::interrupted())
      stop(engine::kExitInterrupted,
           fmt::format("interrupted after {} of {} runs on real threads", i, o.threads));
    const exec::Result result =
        engine::run(engine::with_delays(p, i), {.mode = exec::Mode::threads});
    if (result.failure && (p.key.empty() || verdict::key_of(*result.failure) == p.key))
      return engine::found_without_replay(p, *result.failure);
  }
  stop(engine::kExitOther, fmt::format("{} did not fail{} in {} runs on real threads", o.file,
                                       p.key.empty() ? "" : " with its key", o.threads));
}

// The failure, smaller if it can be made so. What ends its process is run in children.
engine::Found found_steered(const RecordOptions& o, const program::Program& p) {
  engine::ChildRunner child;
  std::optional<engine::Found> found;
  if (engine::ends_its_process(p)) found = child.confirm(p);
  const bool deadly = found.has_value();
  if (!deadly) found = engine::confirm(p);
  if (!found)
    stop(engine::kExitOther,
         fmt::format("{} does not fail when it is run steered; --threads N records runs on real "
                     "threads",
                     o.file));
  if (!p.key.empty() && found->key != p.key)
    stop(engine::kExitOther,
         fmt::format("{} fails with {}, not with its {}", o.file, found->key, p.key));
  if (!found->own_bug.empty()) stop(kExitOwnBug, found->own_bug);
  if (o.shrink_seconds == 0) return std::move(*found);
  const double deadline = engine::now() + o.shrink_seconds;
  shrink::ShrinkOptions limits;
  if (deadly) limits.searches = engine::kSearchesInChildren;
  limits.stop = [deadline] { return engine::now() > deadline || engine::interrupted(); };
  const shrink::Shrunk shrunk = shrink::shrink(
      found->program,
      [&](const program::Program& q) {
        return deadly ? child.attempt(q, found->key) : engine::attempt(q, found->key);
      },
      limits);
  std::optional<engine::Found> smaller =
      deadly ? child.confirm(shrunk.program) : engine::confirm(shrunk.program);
  if (smaller && smaller->key == found->key && smaller->own_bug.empty()) return std::move(*smaller);
  return std::move(*found);
}

int status_of(const RecordOptions& o, const engine::RrProbe& probe,
              const engine::Recorded& recorded) {
  if (recorded.with_rr) return engine::kExitNothing;
  if (!probe.works) return insists(o.rr) ? engine::kExitUsage : engine::kExitNothing;
  return engine::kExitOther;  // rr works, but the failure is not in a recording
}

void print_result(const engine::RecordOptions& options, const engine::Found& found,
                  const engine::Recorded& recorded) {
  const engine::Rr& rr = options.probe.rr;
  if (recorded.with_rr)
    fmt::print("{}: {} recorded ({} events, {:.1f} MB{}) and replayed with {}\n", options.folder,
               found.key, recorded.events, static_cast<double>(recorded.bytes) / 1e6,
               recorded.attempts > 1 ? fmt::format(", attempt {}", recorded.attempts) : "",
               rr.version);
  else
    fmt::print("{}: no recording: {}\n{}\n", options.folder, recorded.why_not,
               options.threads == 0
                   ? "The steered replay is stored instead: it fails in the same way each time."
                   : "The program is stored; without a recording it fails now and then.");
  fmt::print("Debug: {}\n       {}/replay.sh\n",
             engine::shell_line({called_as(), "debug", options.folder}), options.folder);
}

void print_json(const engine::RecordOptions& options, const engine::Found& found,
                const engine::Recorded& recorded, int status) {
  report::Json document = report::document("record");
  document["file"] = options.file;
  document["folder"] = options.folder;
  document["key"] = found.key;
  document["with_rr"] = recorded.with_rr;
  document["probe"] = engine::in_words(options.probe);
  document["why_not"] =
      recorded.why_not.empty() ? report::Json(nullptr) : report::Json(recorded.why_not);
  document["bytes"] = recorded.with_rr ? recorded.bytes : 0;
  document["events"] = recorded.events;
  document["attempts"] = recorded.attempts;
  document["exit_status"] = status;
  fmt::print("{}", report::print(document));
}

// The folder to make. Behind a slash at its end the temporary name would lie inside of it.
std::string folder_of(const RecordOptions& o) {
  std::string folder = o.out.empty() ? engine::recording_of(o.file) : o.out;
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  return folder;
}

int record(const RecordOptions& o) {
  const program::Program p = program_in(o.file, o.target);
  engine::RecordOptions options;
  options.folder = folder_of(o);
  engine::MadeFolders made;
  if (const engine::FileError error = made.make_parent(options.folder); !error.empty())
    stop(engine::kExitCannotWrite, error);
  engine::catch_interrupts();
  options.probe = probe_for(o.rr);
  if (engine::interrupted()) stop(engine::kExitInterrupted, kInterrupted);
  if (const std::string error = engine::in_the_way(options.folder, options.probe.works);
      !error.empty())
    stop(engine::kExitCannotWrite, error);
  if (!o.json) fmt::print("rr: {}\n", engine::in_words(options.probe));
  std::fflush(stdout);
  const engine::Found found = o.threads != 0 ? found_on_threads(o, p) : found_steered(o, p);
  options.file = o.file;
  options.threads = o.threads;
  options.attempts = o.attempts;
  options.seconds = o.seconds;
  options.max_bytes = std::min(o.max_megabytes, ~std::uint64_t{0} >> 20) << 20;
  options.stop = engine::interrupted;
  const engine::Recorded recorded = engine::record(found, options);
  if (!recorded.error.empty()) stop(engine::kExitCannotWrite, recorded.error);
  if (recorded.stopped) stop(engine::kExitInterrupted, kInterrupted);
  const int status = status_of(o, options.probe, recorded);
  if (o.json)
    print_json(options, found, recorded, status);
  else
    print_result(options, found, recorded);
  return status;
}

}  // namespace

void add_record(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("record", "record a failure with rr, to step back through it");
  auto o = std::make_shared<RecordOptions>();
  c->add_option("FILE", o->file, "a .race file, or a raw libFuzzer input with --target")
      ->required();
  c->add_option("--rr", o->rr, kRrHelp);
  c->add_option("-o,--output", o->out, "folder to make (default FILE with .rr)");
  c->add_option(
      "--threads", o->threads,
      "record real threads: so many runs, up to the failure (default: the steered replay)");
  c->add_option("--attempts", o->attempts, "recordings until the failure is in one (default 3)")
      ->check(above_zero());
  c->add_option("--seconds", o->seconds, "for each recording (default 60)")->check(above_zero());
  c->add_option("--shrink-seconds", o->shrink_seconds,
                "shrink before for so long; 0: record as it is (default 20)")
      ->check(zero_or_above());
  c->add_option("--max-size", o->max_megabytes, "of the packed recording, in MB (default 256)")
      ->check(above_zero());
  c->add_option("--target", o->target, "what a raw input is for");
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status] { *status = record(*o); });
}

}  // namespace rw::cli

// racewalk shrink: the smallest program that still fails with the same key (fuzz/shrink).
#include "fuzz/shrink/shrink.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/campaign.h"
#include "fuzz/engine/clock.h"
#include "fuzz/engine/dying.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/design.h"
#include "fuzz/program/text.h"
#include "fuzz/report/json.h"
#include "fuzz/verdict/key.h"

namespace rw::cli {
namespace {

struct ShrinkOptions {
  std::string file, target, out;
  bool any_failure = false;
  std::uint64_t candidates = 200'000;
  double seconds = 0;
  bool json = false;
};

std::string shrunk_beside(const std::string& file) {
  const bool race = file.ends_with(".race");
  return (race ? file.substr(0, file.size() - 5) : file) + ".min.race";
}

// What ends the process is run in a child, by the build that sees it.
std::optional<engine::Found> confirm(const program::Program& p, bool deadly) {
  return deadly ? engine::ChildRunner().confirm(p) : engine::confirm(p);
}

// Where the program's schedule cannot be followed; empty: it can be, or, as replay has it, what the
// file expects comes all the same.
std::string divergence_of(const program::Program& p) {
  std::optional<schedule::Divergence> divergence;
  const exec::Result result = engine::run(p, {.record_trace = true}, &divergence);
  const bool expected = result.failure && result.failure->kind == p.expect &&
                        (p.key.empty() || verdict::key_of(*result.failure) == p.key);
  return divergence && !expected ? engine::in_words(*divergence, result.trace) : std::string{};
}

// The program to begin with: it must fail, and as its file says unless any failure will do.
engine::Found failing(const ShrinkOptions& o, const program::Program& p, bool deadly) {
  std::optional<engine::Found> found = confirm(p, deadly);
  if (!found && deadly)
    stop(engine::kExitOther,
         fmt::format("{} does not end this process when it is run steered: what a sanitizer sees "
                     "only its build shrinks (racewalk-asan, racewalk-tsan)",
                     o.file));
  if (!found)
    stop(engine::kExitOther, fmt::format("{} does not fail when it is run steered", o.file));
  if (!o.any_failure && !p.key.empty() && found->key != p.key)
    stop(engine::kExitOther,
         fmt::format("{} fails with {}, not with its {}; --any-failure shrinks it all the same",
                     o.file, found->key, p.key));
  if (!found->own_bug.empty()) stop(kExitOwnBug, found->own_bug);
  return std::move(*found);
}

// What a person wrote on top of the file stays.
void keep_story(const program::Program& from, program::Program& to) {
  for (const program::Program::Remark& remark : from.remarks)
    if (remark.before <= 1) to.remarks.push_back(remark);
}

report::ShrinkSize as_json_size(const shrink::Size& size) {
  return {size.tasks, size.setup_ops, size.task_ops, size.switches, size.choices};
}

std::string size_text(const shrink::Size& size) {
  return fmt::format("{} tasks, {} ops, {} set-up ops, {} switches", size.tasks, size.task_ops,
                     size.setup_ops, size.switches);
}

// What the failure takes beside its ops and its schedule: each was tried without.
std::string needs_text(const program::Program& p) {
  const std::string axes = program::difference_text(*p.target, p.design);
  std::vector<std::string> needs;
  if (!axes.empty()) needs.push_back(axes);
  if (p.memory == exec::Memory::weak || p.memory == exec::Memory::weak_exact)
    needs.emplace_back("weak memory (C++20)");
  if (p.memory == exec::Memory::lkmm) needs.emplace_back("weak memory (the kernel's model)");
  if (p.granularity == exec::Granularity::fine)
    needs.emplace_back("switches inside operations (granularity: fine)");
  if (needs.empty()) return "Needs nothing but the default design and sequential consistency.";
  return fmt::format("Needs {}; all else is at its default.", fmt::join(needs, "; "));
}

shrink::Shrunk do_shrink(const ShrinkOptions& o, const engine::Found& found, bool deadly) {
  const bool live = ::isatty(STDERR_FILENO) == 1;
  const std::string key = o.any_failure ? "" : found.key;
  shrink::ShrinkOptions options;
  options.max_candidates = o.candidates;
  if (deadly) options.searches = engine::kSearchesInChildren;
  const double deadline = engine::now() + o.seconds;
  options.stop = [&] {
    return engine::interrupted() || (o.seconds > 0 && engine::now() > deadline);
  };
  options.progress = [live](const shrink::Progress& progress) {
    if (live)
      fmt::print(stderr, "\r\033[K{} candidates, pass {}: {}", progress.candidates, progress.pass,
                 size_text(progress.best));
  };
  engine::ChildRunner child;
  shrink::Shrunk shrunk = shrink::shrink(
      found.program,
      [&](const program::Program& p) {
        return deadly ? child.attempt(p, key) : engine::attempt(p, key);
      },
      options);
  if (live) fmt::print(stderr, "\r\033[K");
  return shrunk;
}

int shrink_file(const ShrinkOptions& o) {
  const program::Program p = program_in(o.file, o.target);
  const std::string output = o.out.empty() ? shrunk_beside(o.file) : o.out;
  check_writable(output);
  engine::catch_interrupts();
  const bool deadly = engine::ends_its_process(p);
  const std::string divergence = deadly ? "" : divergence_of(p);
  if (!divergence.empty())
    complain(fmt::format("The schedule could not be followed: {}", divergence));
  const engine::Found before = failing(o, p, deadly);
  const double began = engine::now();
  const shrink::Shrunk shrunk = do_shrink(o, before, deadly);

  std::optional<engine::Found> after = confirm(shrunk.program, deadly);
  if (!after || (!o.any_failure && after->key != before.key))
    stop(kExitOwnBug, "the shrunk program does not fail as the shrinker said");
  engine::Finding finding;
  finding.found = std::move(*after);
  keep_story(p, finding.found.program);
  finding.file = output;
  write_or_stop(finding.file, program::print(finding.found.program));
  const int status = engine::interrupted() ? engine::kExitInterrupted : engine::kExitNothing;

  if (!o.json) {
    fmt::print("{}\n{}\n{} -> {} in {} candidates, {:.1f} s{}\n",
               engine::summary_of(finding, called_as(), width_wanted(), color_wanted()),
               needs_text(finding.found.program), size_text(shrunk.before), size_text(shrunk.after),
               shrunk.candidates, engine::now() - began,
               shrunk.stopped ? " (stopped early: the best so far)" : "");
    return status;
  }
  report::ShrinkResult r;
  r.file = o.file;
  r.output = finding.file;
  r.key = finding.found.key;
  r.divergence = divergence;
  r.reproduced = shrunk.reproduced;
  r.stopped = shrunk.stopped;
  r.before = as_json_size(shrunk.before);
  r.after = as_json_size(shrunk.after);
  r.candidates = shrunk.candidates;
  r.memo_hits = shrunk.memo_hits;
  r.seconds = engine::now() - began;
  for (const shrink::PassStatistics& pass : shrunk.passes)
    r.passes.push_back({pass.name, pass.tried, pass.kept});
  r.finding = {finding.found.failure, finding.found.key, finding.file,
               program::print(finding.found.program), ""};
  r.needs = needs_text(finding.found.program);
  r.exit_status = status;
  fmt::print("{}", report::print(report::to_json(r)));
  return status;
}

}  // namespace

void add_shrink(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("shrink", "make a failing program as small as it gets");
  auto o = std::make_shared<ShrinkOptions>();
  c->add_option("FILE", o->file, "a .race file, or a raw libFuzzer input with --target")
      ->required();
  c->add_option("-o,--output", o->out, "file to write (default FILE with .min.race)");
  c->add_flag("--any-failure", o->any_failure,
              "keep failing somehow, rather than with the same key");
  c->add_option("--candidates", o->candidates, "programs to run at most (default 200000)");
  c->add_option("--seconds", o->seconds, "stop then, with the best so far (default: no limit)")
      ->check(zero_or_above());
  c->add_option("--target", o->target, "what a raw input is for");
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status] { *status = shrink_file(*o); });
}

}  // namespace rw::cli

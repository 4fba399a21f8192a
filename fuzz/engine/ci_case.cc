#include "fuzz/engine/ci_case.h"

#include <fmt/format.h>

#include "fuzz/engine/campaign.h"
#include "fuzz/engine/clock.h"
#include "fuzz/engine/dying.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/run.h"
#include "fuzz/exec/fiber.h"
#include "fuzz/program/design.h"
#include "fuzz/program/text.h"
#include "fuzz/report/mermaid.h"
#include "fuzz/report/run.h"
#include "fuzz/report/summary.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

constexpr std::size_t kMermaidRows = 60;  // more than that nobody reads in a job's summary

report::Case without_run(const SavedProgram& saved, const std::string& name) {
  report::Case c;
  c.target = saved.program.target;
  c.name = name;
  c.design = program::design_text(*saved.program.target, saved.program.design);
  if (!saved.file.empty())
    c.replay = report::shell_quoted(saved.command) + " replay " + report::shell_quoted(saved.file);
  return c;
}

void take(report::Case& c, const SavedProgram& saved, const exec::Failure& failure,
          exec::Trace trace) {
  Finding finding;
  finding.found = found_without_replay(saved.program, failure);
  finding.found.program = saved.program;  // with its comments
  finding.found.trace = trace;
  finding.file = saved.file;
  c.finding = {failure, finding.found.key, saved.file, program::print(saved.program),
               summary_of(finding, saved.command)};
  if (!trace.events.empty()) {
    report::Run run;
    run.file = saved.file;
    run.key = finding.found.key;
    run.trace = &trace;
    run.failure = &failure;
    c.mermaid = report::mermaid(run, kMermaidRows);
  }
  c.trace = std::move(trace);
}

// `<stem>.txt`, its picture, and `<stem>.report.txt`, a sanitizer's words.
std::string saved_words(const std::string& file) {
  const std::string stem = file.ends_with(".race") ? file.substr(0, file.size() - 5) : file;
  FileError ignored;
  return read_whole(stem + ".txt", ignored).value_or("") +
         read_whole(stem + ".report.txt", ignored).value_or("");
}

}  // namespace

report::Case case_of(const SavedProgram& saved, const std::string& name, std::string* divergence) {
  report::Case c = without_run(saved, name);
  const double began = now();
  if (is_deadly(saved.program.expect) && exec::fiber_survives_fork()) {
    const Ending ending = ChildRunner().run(saved.program);
    c.seconds = now() - began;
    if (ending.death) take(c, saved, *ending.death, {});
    if (ending.death || ending.key.empty()) return c;
  }
  if (is_deadly(saved.program.expect) && !exec::fiber_survives_fork()) return c;
  std::optional<schedule::Divergence> diverged;
  exec::Result result = run(saved.program, {.record_trace = true}, &diverged);
  c.seconds = now() - began;
  if (diverged && divergence != nullptr) *divergence = in_words(*diverged, result.trace);
  if (result.failure) take(c, saved, *result.failure, std::move(result.trace));
  return c;
}

report::Case case_of_finding(const SavedProgram& saved, const std::string& name) {
  const program::Program& p = saved.program;
  report::Case c = case_of(saved, name);
  if (p.key.empty()) return c;
  // What one build's sanitizer sees may be another failure in this one, or none.
  const bool other_build = is_deadly(p.expect) && c.finding && c.finding->key != p.key;
  if (c.finding && !other_build) return c;
  exec::Failure failure;
  failure.kind = p.expect.empty() ? verdict::kind_of_key(p.key) : p.expect;
  c.finding = {failure, p.key, saved.file, program::print(p), saved_words(saved.file)};
  c.trace = {};
  return c;
}

}  // namespace rw::engine

// racewalk report: reports for CI services from saved programs, a findings folder above all.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include "fuzz/cli/ci_outputs.h"
#include "fuzz/cli/cli.h"
#include "fuzz/engine/ci_case.h"
#include "fuzz/engine/dying.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/findings.h"
#include "fuzz/program/text.h"
#include "fuzz/report/json.h"
#include "fuzz/verdict/key.h"

namespace rw::cli {
namespace {

struct ReportOptions {
  std::vector<std::string> paths;
  bool as_expected = false;
  CiOutputs ci;
  bool json = false;
};

// Stops if the .race files lie one folder deeper, as those of `findings` do in findings/mm: no
// failure would be reported. What a campaign keeps for itself does not count.
void look_deeper(const std::string& path) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    const std::string name = entry.path().filename().string();
    if (name == "corpus" || name == "work") continue;
    if (!engine::races_of(entry.path().string()).empty())
      stop(engine::kExitUsage, fmt::format("{} holds no .race file, but {} does: name that", path,
                                           entry.path().string()));
  }
}

// The files themselves, and the .race files of folders.
std::vector<std::string> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    const std::size_t before = files.size();
    for (const std::string& name : engine::races_of(path))
      files.push_back((std::filesystem::path(path) / name).string());
    if (files.size() != before) continue;
    look_deeper(path);
    complain(path + " holds no .race file");
  }
  return files;
}

// A finding is a failure, whether or not it still comes.
void judge_finding(report::Case& c, const program::Program& p) {
  c.outcome = report::Case::Outcome::failed;
  if (!c.finding)
    c.why = "it does not fail any more";
  else if (!p.key.empty() && c.finding->key != p.key)
    c.why = fmt::format("it fails with {} now, not with its {}", c.finding->key, p.key);
  else
    c.why = c.finding->failure.message.empty() ? c.finding->key : c.finding->failure.message;
}

void judge_test(report::Case& c, const program::Program& p, const std::string& divergence) {
  const std::string came = c.finding ? c.finding->key : "no failure";
  const bool wants = !p.expect.empty() && p.expect != "none";
  const std::string wanted = !wants ? "no failure" : p.key.empty() ? p.expect : p.key;
  const bool as_wanted =
      c.finding.has_value() == wants &&
      (!wants || (p.key.empty() ? c.finding->failure.kind == p.expect : c.finding->key == p.key));
  c.outcome = as_wanted ? report::Case::Outcome::passed : report::Case::Outcome::failed;
  c.why = as_wanted ? came + ", as expected" : fmt::format("{} expected, {} came", wanted, came);
  if (!as_wanted && !divergence.empty())
    c.why += "; the schedule could not be followed: " + divergence;
}

report::Case case_of(const ReportOptions& o, const std::string& file, const program::Program& p) {
  const engine::SavedProgram saved{p, file, called_as()};
  if (!o.as_expected) {
    report::Case c = engine::case_of_finding(saved, p.key.empty() ? file : p.key);
    judge_finding(c, p);
    return c;
  }
  std::string divergence;
  report::Case c = engine::case_of(saved, file, &divergence);
  judge_test(c, p, divergence);
  return c;
}

// The target that a file which is no program names; else the default one.
const Target& suite_of(const std::string& file) {
  engine::FileError ignored;
  std::istringstream lines(engine::read_whole(file, ignored).value_or(""));
  for (std::string word, name; lines >> word;)
    if (word == "target:" && lines >> name)
      if (const Target* target = find_target(name)) return *target;
  return target_named("");
}

report::Case unreadable(const std::string& file, const std::string& why) {
  report::Case c;
  c.target = &suite_of(file);
  c.name = file;
  c.outcome = report::Case::Outcome::failed;
  c.error = true;
  c.why = why;
  return c;
}

// Of files that are no programs `cases` is told.
std::vector<std::optional<program::Program>> programs_of(const std::vector<std::string>& files,
                                                         std::vector<report::Case>& cases) {
  std::vector<std::optional<program::Program>> programs(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    try {
      programs[i] = program_in(files[i], "");
    } catch (const Stop& stopped) {
      cases[i] = unreadable(files[i], stopped.message);
    }
  }
  return programs;
}

// In the order of the files. What ends the process is run first, as ci_case.h asks.
std::vector<report::Case> cases_of(const ReportOptions& o) {
  const std::vector<std::string> files = files_of(o.paths);
  // A campaign may find nothing; tests that are not there have not passed.
  if (o.as_expected && files.empty())
    stop(engine::kExitUsage, "--as-expected: there is nothing to test");
  std::vector<report::Case> cases(files.size());
  const auto programs = programs_of(files, cases);
  for (const bool deadly : {true, false})
    for (std::size_t i = 0; i < files.size(); ++i)
      if (programs[i] && engine::is_deadly(programs[i]->expect) == deadly)
        cases[i] = case_of(o, files[i], *programs[i]);
  // Several files may have one key.
  std::set<std::string> names;
  for (std::size_t i = 0; i < files.size(); ++i)
    if (!names.insert(cases[i].target->name() + ("/" + cases[i].name)).second)
      cases[i].name += " " + files[i];
  return cases;
}

report::Json json_of(const report::CiReport& r) {
  report::Json json = report::document("report");
  json["failed"] = report::count(r, report::Case::Outcome::failed);
  json["cases"] = report::Json::array();
  for (const report::Case& c : r.cases)
    json["cases"].push_back({{"target", c.target->name()},
                             {"name", c.name},
                             {"passed", c.outcome == report::Case::Outcome::passed},
                             {"why", c.why},
                             {"seconds", c.seconds},
                             {"finding", c.finding ? to_json(*c.finding) : report::Json()}});
  json["exit_status"] = r.exit_status;
  return json;
}

int report_files(const ReportOptions& o) {
  check_ci(o.ci);
  report::CiReport r = ci_report("report", engine::kExitNothing);
  r.cases = cases_of(o);
  const auto errors =
      std::count_if(r.cases.begin(), r.cases.end(), [](const report::Case& c) { return c.error; });
  if (report::count(r, report::Case::Outcome::failed) != 0) r.exit_status = engine::kExitFound;
  if (errors != 0) r.exit_status = engine::kExitUsage;
  r.exit_status = write_ci(o.ci, r, o.json);
  if (o.json) {
    fmt::print("{}", report::print(json_of(r)));
    return r.exit_status;
  }
  for (const report::Case& c : r.cases)
    fmt::print("{} {}: {}\n",
               c.error                                      ? "ERROR"
               : c.outcome == report::Case::Outcome::passed ? "passed"
                                                            : "FAILED",
               c.name, c.why);
  fmt::print("{} passed, {} failed{}\n", report::count(r, report::Case::Outcome::passed),
             report::count(r, report::Case::Outcome::failed),
             errors != 0 ? fmt::format(", {} of them unreadable", errors) : "");
  return r.exit_status;
}

}  // namespace

void add_report(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("report", "reports for CI services from saved failures");
  auto o = std::make_shared<ReportOptions>();
  c->add_option("PATHS", o->paths, ".race files, or folders of them (findings/mm)")->required();
  c->add_flag("--as-expected", o->as_expected,
              "a file passes if it ends as it says (repro/); without this each is a failure");
  add_ci_options(*c, o->ci);
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status] { *status = report_files(*o); });
}

}  // namespace rw::cli

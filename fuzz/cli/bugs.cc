// racewalk bugs: every known-wrong rule of the targets; with --hunt, each is looked for.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "fuzz/cli/ci_outputs.h"
#include "fuzz/cli/cli.h"
#include "fuzz/cli/record_findings.h"
#include "fuzz/cli/rr_choice.h"
#include "fuzz/engine/ci_case.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/hunt.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/made_folders.h"
#include "fuzz/engine/run.h"
#include "fuzz/engine/scratch_folder.h"
#include "fuzz/program/text.h"
#include "fuzz/report/json.h"
#include "fuzz/report/text.h"

namespace rw::cli {
namespace {

struct BugsOptions {
  std::string target, save, strategy = "auto", rr = "off";
  std::vector<std::string> names;
  double seconds = 60;
  std::uint64_t seed = 1;
  CiOutputs ci;
  bool json = false;
};

std::string kinds_text(const Rule& rule) {
  std::string text;
  for (const char* kind : rule.detected_by) text += (text.empty() ? "" : ", ") + std::string(kind);
  return text;
}

const char* memory_of(const Rule& rule) {
  return rule.needs_weak ? "lkmm" : "sc";
}

std::string in_words(const Rule& rule, unsigned width) {
  const std::string catalogue =
      rule.catalogue == 0 ? "not in the catalogue" : fmt::format("catalogue {}", rule.catalogue);
  std::string text = fmt::format("\n{}\n", rule.name);
  for (const std::string& line :
       {fmt::format("{}, memory model {}, {} task{}, shows as {}", catalogue, memory_of(rule),
                    rule.tasks, rule.tasks == 1 ? "" : "s", kinds_text(rule)),
        std::string(rule.because), fmt::format("source: {}", rule.source)})
    text += report::hanging("  ", line, 4, width);
  return text;
}

int list_rules(const Target& target, bool json) {
  report::Json document = report::document("bugs");
  document["target"] = target.name();
  document["bugs"] = report::Json::array();
  const std::vector<const Rule*> rules = program::known_wrong(target);
  const unsigned width = json ? 0 : prose_width();
  if (!json) fmt::print("{} known-wrong rules of target {}\n", rules.size(), target.name());
  for (const Rule* rule : rules) {
    report::Json entry;
    entry["name"] = rule->name;
    entry["catalogue"] = rule->catalogue;
    entry["design"] = program::design_text(target, program::hunting_design(target, *rule));
    entry["because"] = rule->because;
    entry["source"] = rule->source;
    entry["memory"] = memory_of(*rule);
    entry["tasks"] = rule->tasks;
    entry["shows_as"] = report::Json::array();
    for (const char* kind : rule->detected_by) entry["shows_as"].push_back(kind);
    document["bugs"].push_back(entry);
    if (!json) fmt::print("{}", in_words(*rule, width));
  }
  if (json) fmt::print("{}", report::print(document, engine::kExitNothing));
  return engine::kExitNothing;
}

// The rules asked for; without a name or with "all": all.
std::vector<const Rule*> rules_of(const Target& target, const BugsOptions& o) {
  std::vector<const Rule*> rules;
  if (!o.names.empty() && o.names != std::vector<std::string>{"all"}) {
    for (const std::string& name : o.names) {
      const auto rule = program::find_known_wrong(target, name);
      if (!rule) stop(engine::kExitUsage, rule.error().text());
      rules.push_back(rule.value());
    }
    return rules;
  }
  return program::known_wrong(target);
}

// What is hunted, as comments on top of the saved program.
void add_story(program::Program& p, const Rule& rule) {
  engine::add_comment(p, rule.name);
  engine::add_comment(p, rule.because);
  engine::add_comment(p, fmt::format("source: {}", rule.source));
}

// One line; on a terminal that is too narrow for it two.
void say(const engine::Hunted& h, unsigned width) {
  const report::HuntEntry& e = h.entry;
  std::string line = fmt::format("{:36} {}  {:>9} executions  {:6.1f} s", e.name,
                                 e.found ? "found    " : "NOT FOUND", e.executions, e.seconds);
  if (e.found) {
    const std::string shrunk =
        fmt::format("in {:.1f} s shrunk to {} tasks {} ops {} switches  {}", e.shrink_seconds,
                    e.size.tasks, e.size.task_ops, e.size.switches, e.finding->key);
    line += line.size() + 2 + shrunk.size() <= width ? ", " + shrunk : "\n    " + shrunk;
  }
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

// A failure of a kind that the rule does not list is a bug of the model or a discovery: it must not
// go with the folder it is in.
void keep_others(const engine::Hunted& h, const std::string& from, const BugsOptions& o,
                 const Target& target) {
  const std::string to = o.save.empty() ? fmt::format("findings/{}", target.name()) : o.save;
  engine::MadeFolders made;
  for (const std::string& key : h.others) {
    if (const engine::FileError error = made.make(to); !error.empty())
      stop(engine::kExitCannotWrite, error);
    engine::FileError error;
    const auto text = engine::read_whole(fmt::format("{}/{}.race", from, key), error);
    if (!text) stop(engine::kExitCannotWrite, error);
    const std::string file = fmt::format("{}/{}-also-{}.race", to, h.entry.name, key);
    write_or_stop(file, *text);
    complain(fmt::format("{}: also met {}, which the rule does not account for: kept as {}",
                         h.entry.name, key, file));
  }
}

engine::Hunted hunt_one(Target& target, const Rule& rule, const BugsOptions& o,
                        const std::string& folder) {
  engine::HuntOptions options;
  options.target = &target;
  options.rule = &rule;
  options.seconds = o.seconds;
  options.seed = o.seed;
  options.strategy = o.strategy;
  options.folder = folder + "/" + rule.name;
  options.stop = engine::interrupted;
  engine::Hunted hunted = engine::hunt(options);
  if (!hunted.error.empty())
    stop(hunted.own_bug ? kExitOwnBug : engine::kExitCannotWrite, hunted.error);
  keep_others(hunted, options.folder, o, target);
  if (hunted.entry.found && !o.save.empty()) {
    add_story(hunted.program, rule);
    hunted.entry.finding->file = fmt::format("{}/{}.race", o.save, rule.name);
    write_or_stop(hunted.entry.finding->file, program::print(hunted.program));
  } else if (hunted.entry.found) {
    hunted.entry.finding->file.clear();
  }
  return hunted;
}

// A rule that was found has passed: its failure was expected.
report::Case case_of(const Target& target, const engine::Hunted& h, const BugsOptions& o) {
  const report::HuntEntry& e = h.entry;
  report::Case c;
  if (e.found) {
    c = engine::case_of({h.program, e.finding->file, called_as()}, e.name);
    if (!c.finding) c.finding = e.finding;  // only its build sees what a sanitizer saw
  }
  c.target = &target;
  c.name = e.name;
  c.outcome = e.found ? report::Case::Outcome::passed : report::Case::Outcome::failed;
  c.why = e.found ? fmt::format("found {} after {} executions", e.finding->key, e.executions)
                  : fmt::format("not found in {:.0f} s, {} executions", o.seconds, e.executions);
  c.seconds = e.seconds;
  return c;
}

// What was found and saved, recorded. A line for people on each.
std::vector<std::string> record_all(report::HuntResult& result, const std::string& rr) {
  std::vector<report::Finding> findings;
  for (const report::HuntEntry& entry : result.entries)
    if (entry.finding) findings.push_back(*entry.finding);
  std::vector<std::string> lines = record_findings(findings, rr);
  auto recorded = findings.begin();
  for (report::HuntEntry& entry : result.entries)
    if (entry.finding) entry.finding->recording = (recorded++)->recording;
  return lines;
}

int hunt_all(Target& target, const BugsOptions& o) {
  check_rr(o.rr);
  if (o.rr != "off" && o.save.empty())
    stop(engine::kExitUsage, "--rr needs --save: a recording lies beside its program");
  const std::vector<const Rule*> rules = rules_of(target, o);
  engine::MadeFolders made;
  if (!o.save.empty())
    if (const engine::FileError error = made.make(o.save); !error.empty())
      stop(engine::kExitCannotWrite, error);
  check_ci(o.ci);  // a report may lie beside what is saved
  // Stays if a hunt ends with an error: the message may name a file in it.
  const std::string folder = engine::new_scratch_folder("racewalk-hunt");
  if (folder.empty())
    stop(engine::kExitCannotWrite,
         fmt::format("cannot make a folder for temporary files: {}", std::strerror(errno)));
  engine::catch_interrupts();
  report::HuntResult result;
  result.target = target.name();
  result.seed = o.seed;
  result.limit_seconds = o.seconds;
  const unsigned width = o.json ? 0 : prose_width();
  std::vector<report::Case> cases;
  for (const Rule* rule : rules) {
    if (engine::interrupted()) break;
    engine::Hunted hunted = hunt_one(target, *rule, o, folder);
    if (!o.json) say(hunted, width);
    if (!hunted.entry.found) result.exit_status = engine::kExitFound;
    if (o.ci.wanted()) cases.push_back(case_of(target, hunted, o));
    result.entries.push_back(std::move(hunted.entry));
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  std::vector<std::string> recordings;
  if (o.rr != "off" && !engine::interrupted()) recordings = record_all(result, o.rr);
  if (engine::interrupted()) result.exit_status = engine::kExitInterrupted;
  if (o.ci.wanted()) {
    report::CiReport ci = ci_report("bugs", result.exit_status);
    ci.cases = std::move(cases);
    result.exit_status = write_ci(o.ci, ci, o.json);
  }
  if (o.json) fmt::print("{}", report::print(report::to_json(result)));
  std::fflush(stdout);
  for (const std::string& line : recordings) complain(line);
  return result.exit_status;
}

}  // namespace

void add_bugs(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("bugs", "list what is known to be wrong, or hunt it");
  auto o = std::make_shared<BugsOptions>();
  c->add_option("--target", o->target, kTargetHelp);
  CLI::Option* hunt = c->add_option(
      "--hunt", o->names, "look for these, by name or catalogue number; all, or no name: each");
  hunt->expected(0, -1)->delimiter(',');
  c->add_option("--time", o->seconds, "seconds for each (default 60)")
      ->check(above_zero())
      ->needs(hunt);
  c->add_option("--seed", o->seed, "of all random choices (default 1)")->needs(hunt);
  c->add_option("--strategy", o->strategy, strategy_help())->needs(hunt);
  c->add_option("--save", o->save, "folder for <name>.race of each one found")->needs(hunt);
  c->add_option("--rr", o->rr,
                "record what is hunted and saved, as racewalk record: auto, hw, soft, off "
                "(default), or the rr to use");
  add_ci_options(*c, o->ci);
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status, hunt] {
    (void)strategy_named(o->strategy);
    std::erase(o->names, "");  // a bare --hunt
    Target& target = target_named(o->target);
    if (hunt->count() == 0 && o->ci.wanted())
      stop(engine::kExitUsage, "a list has nothing to report to CI: add --hunt");
    if (hunt->count() == 0 && o->rr != "off")
      stop(engine::kExitUsage, "a list has nothing to record: add --hunt");
    *status = hunt->count() != 0 ? hunt_all(target, *o) : list_rules(target, o->json);
  });
}

}  // namespace rw::cli

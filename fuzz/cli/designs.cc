// racewalk designs: the named designs of a target, with what the rules say of each.
#include <fmt/format.h>

#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

const char* kind_of(const program::Verdict& v) {
  if (v.right()) return "right";
  return v.kind == program::Verdict::Kind::wrong ? "wrong" : "impossible";
}

program::DesignValues values_of(const Target& target, const NamedDesign& named) {
  auto values = program::parse_design(target, named.name);
  if (!values) stop(kExitOwnBug, fmt::format("{}: {}", named.name, values.error().text()));
  return values.value();
}

void say(const Target& target, const NamedDesign& named) {
  const program::DesignValues values = values_of(target, named);
  std::string because = kind_of(program::verdict(target, values));
  for (const Rule* rule : program::rules_that_hold(target, values))
    because += fmt::format("{} {}", because.ends_with("wrong") ? ":" : ",", rule->name);
  const std::string differs = program::difference_text(target, values);
  fmt::print("\n{}\n  {}\n  {}\n  source: {}\n  default{}{}\n", named.name, because, named.what,
             named.source, differs.empty() ? "" : " ", differs);
}

report::Json to_json(const Target& target, const NamedDesign& named) {
  const program::DesignValues values = values_of(target, named);
  report::Json entry;
  entry["name"] = named.name;
  entry["what"] = named.what;
  entry["source"] = named.source;
  entry["design"] = program::design_text(target, values);
  entry["verdict"] = kind_of(program::verdict(target, values));
  entry["rules"] = report::Json::array();
  for (const Rule* rule : program::rules_that_hold(target, values))
    entry["rules"].push_back(rule->name);
  return entry;
}

int list(const Target& target, bool json) {
  report::Json document = report::document("designs");
  document["target"] = target.name();
  document["designs"] = report::Json::array();
  if (!json) fmt::print("{} named designs of target {}\n", target.designs().size(), target.name());
  for (const NamedDesign& named : target.designs()) {
    if (json)
      document["designs"].push_back(to_json(target, named));
    else
      say(target, named);
  }
  if (json) fmt::print("{}", report::print(document, engine::kExitNothing));
  return engine::kExitNothing;
}

}  // namespace

void add_designs(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("designs", "list the designs that have a name: eras, proposals");
  auto target = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  c->add_option("--target", *target, kTargetHelp);
  c->add_flag("--json", *json, "the result as JSON");
  c->callback([target, json, status] { *status = list(target_named(*target), *json); });
}

}  // namespace rw::cli

// racewalk designs: the named designs of a target and its axes, with what the rules say of each.
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "fuzz/cli/cli.h"
#include "fuzz/report/json.h"
#include "fuzz/report/text.h"

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

// "right", or "wrong: rule, rule".
std::string judged(const Target& target, const program::DesignValues& values) {
  std::string text = kind_of(program::verdict(target, values));
  const char* before = ": ";
  for (const Rule* rule : program::rules_that_hold(target, values))
    text += std::exchange(before, ", ") + std::string(rule->name);
  return text;
}

void say(const Target& target, const NamedDesign& named, unsigned width) {
  const program::DesignValues values = values_of(target, named);
  const std::string differs = program::difference_text(target, values);
  fmt::print("\n{}\n", named.name);
  for (const std::string& text :
       {judged(target, values), std::string(named.what), fmt::format("source: {}", named.source),
        "default" + (differs.empty() ? "" : " " + differs)})
    fmt::print("{}", report::hanging("  ", text, 4, width));
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

// What the rules say of the default with this value in the place of its own.
std::string judged_alone(const Target& target, std::size_t axis, std::size_t value) {
  program::DesignValues values = program::default_design(target);
  values[axis] = static_cast<std::uint8_t>(value);
  return judged(target, values);
}

void say_axes(const Target& target) {
  const unsigned width = prose_width();
  fmt::print("{} axes of target {}, each with its default first\n", target.axes().size(),
             target.name());
  for (std::size_t a = 0; a < target.axes().size(); ++a) {
    const Axis& axis = target.axes()[a];
    fmt::print("\n{}", report::hanging(fmt::format("{}: ", axis.name), axis.what, 2, width));
    for (std::size_t v = 0; v < axis.values.size(); ++v) {
      const std::string alone = judged_alone(target, a, v);
      const std::string what =
          axis.values[v].what + (alone == "right" ? "" : fmt::format(" [alone {}]", alone));
      const std::string label = fmt::format("  {:<20} ", axis.values[v].name);
      fmt::print("{}", report::hanging(label, what, label.size(), width));
    }
  }
}

report::Json to_json(const Axis& axis) {
  report::Json values = report::Json::array();
  for (const AxisValue& value : axis.values)
    values.push_back({{"name", value.name}, {"what", value.what}});
  return {{"name", axis.name}, {"what", axis.what}, {"values", std::move(values)}};
}

int list_designs(const Target& target, bool json) {
  report::Json document = report::document("designs");
  document["target"] = target.name();
  document["axes"] = report::Json::array();
  for (const Axis& axis : target.axes()) document["axes"].push_back(to_json(axis));
  document["designs"] = report::Json::array();
  const unsigned width = json ? 0 : prose_width();
  if (!json) fmt::print("{} named designs of target {}\n", target.designs().size(), target.name());
  for (const NamedDesign& named : target.designs()) {
    if (json)
      document["designs"].push_back(to_json(target, named));
    else
      say(target, named, width);
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
  auto axes = std::make_shared<bool>(false);
  c->add_flag("--axes", *axes, "instead, each axis with its values: the words of --design");
  c->add_flag("--json", *json, "the result as JSON: designs and axes");
  c->callback([target, axes, json, status] {
    *status = engine::kExitNothing;
    if (*axes && !*json)
      say_axes(target_named(*target));
    else
      *status = list_designs(target_named(*target), *json);
  });
}

}  // namespace rw::cli

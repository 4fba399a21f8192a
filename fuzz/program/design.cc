#include "fuzz/program/design.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "fuzz/program/suggest.h"

namespace rw::program {
namespace {

bool allows(const Condition& c, unsigned value) {
  return value < 32 && (c.values >> value & 1U) != 0;
}

std::optional<std::uint8_t> find_axis(const Target& target, std::string_view name) {
  for (std::size_t i = 0; i < target.axes().size(); ++i) {
    if (name == target.axes()[i].name) return static_cast<std::uint8_t>(i);
  }
  return std::nullopt;
}

Error no_such_axis(const Target& target, std::string_view name) {
  std::vector<std::string_view> all;
  for (const Axis& axis : target.axes()) all.emplace_back(axis.name);
  return {"", 0,
          fmt::format("target '{}' has no design axis {}; {}", target.name(), in_quotes(name),
                      instead(name, all, "axes"))};
}

// The known-wrong rules with that catalogue number.
std::vector<const Rule*> numbered(const Target& target, std::string_view number) {
  std::vector<const Rule*> rules = known_wrong(target);
  std::erase_if(rules, [number](const Rule* rule) {
    return rule->catalogue == 0 || number != std::to_string(rule->catalogue);
  });
  return rules;
}

Error several_numbered(std::string_view number, const std::vector<const Rule*>& rules) {
  std::vector<std::string_view> names;
  for (const Rule* rule : rules) names.emplace_back(rule->name);
  return {"", 0,
          fmt::format("number {} has several known-wrong designs; write one of: {}", number,
                      fmt::join(names, ", "))};
}

Error no_such_design(const Target& target, std::string_view word) {
  if (const auto rules = numbered(target, word); rules.size() > 1)
    return several_numbered(word, rules);
  std::vector<std::string_view> all = {"default"};
  for (const NamedDesign& named : target.designs()) all.emplace_back(named.name);
  for (const Rule* rule : known_wrong(target)) all.emplace_back(rule->name);
  if (find_axis(target, word)) {
    return {"", 0, fmt::format("axis '{}' has no value here; write '{}=VALUE'", word, word)};
  }
  return {"", 0,
          fmt::format("there is no design {}; write AXIS=VALUE, or one of these; {}",
                      in_quotes(word), instead(word, all, "designs"))};
}

// Applies one "axis=value".
std::optional<Error> apply_axis(const Target& target, std::string_view word, std::size_t equals,
                                DesignValues& design) {
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = word.substr(equals + 1);
  const auto index = find_axis(target, name);
  if (!index) return no_such_axis(target, name);
  const Axis& axis = target.axes()[*index];
  if (value == "*" && axis.varied) {
    design[*index] = kOpen;
    return std::nullopt;
  }
  std::vector<std::string_view> all;
  for (std::size_t v = 0; v < axis.values.size(); ++v) {
    all.emplace_back(axis.values[v].name);
    if (value != axis.values[v].name) continue;
    design[*index] = static_cast<std::uint8_t>(v);
    return std::nullopt;
  }
  return Error{"", 0,
               fmt::format("axis '{}' has no value {}; {}", name, in_quotes(value),
                           instead(value, all, "values"))};
}

const Rule* first_rule(const Target& target, Design design, RuleVerdict verdict) {
  for (const Rule& rule : target.rules()) {
    if (rule.verdict == verdict && holds(rule, design)) return &rule;
  }
  return nullptr;
}

const NamedDesign* find_named(const Target& target, std::string_view name) {
  for (const NamedDesign& named : target.designs()) {
    if (name == named.name) return &named;
  }
  return nullptr;
}

// One value for each condition of `rule`; `pick` numbers the combination. False when there are no
// more combinations.
bool pick_values(const Rule& rule, std::size_t pick, DesignValues& design) {
  for (const Condition& c : rule.when) {
    std::vector<std::uint8_t> values;
    for (unsigned v = 0; v < 32; ++v) {
      if (allows(c, v)) values.push_back(static_cast<std::uint8_t>(v));
    }
    if (values.empty()) return false;
    design[c.axis] = values[pick % values.size()];
    pick /= values.size();
  }
  return pick == 0;
}

}  // namespace

DesignValues default_design(const Target& target) {
  return DesignValues(target.axes().size(), 0);
}

DesignValues open_design(const Target& target) {
  DesignValues design = default_design(target);
  for (std::size_t i = 0; i < design.size(); ++i) {
    if (target.axes()[i].varied) design[i] = kOpen;
  }
  return design;
}

Result<DesignValues> parse_design(const Target& target, std::string_view text, Design base) {
  DesignValues design =
      base.empty() ? default_design(target) : DesignValues(base.begin(), base.end());
  RW_CHECK(design.size() == target.axes().size(), "a design has one value per axis");
  constexpr std::string_view kBlank = " \t\r\n,";
  std::size_t at = 0;
  while ((at = text.find_first_not_of(kBlank, at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(kBlank, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = end;
    if (const std::size_t equals = word.find('='); equals != std::string_view::npos) {
      if (auto error = apply_axis(target, word, equals, design)) return *error;
    } else if (word == "default") {
      design = default_design(target);
    } else if (const NamedDesign* named = find_named(target, word)) {
      DesignValues start = default_design(target);
      for (std::size_t i = 0; i < start.size(); ++i) {
        if (target.axes()[i].varied) start[i] = design[i];
      }
      auto values = parse_design(target, named->words, start);
      if (!values) return values;
      design = std::move(values.value());
    } else if (auto rule = find_known_wrong(target, word); rule) {
      design = hunting_design(target, *rule.value());
    } else {
      return no_such_design(target, word);
    }
  }
  return design;
}

std::string design_text(const Target& target, Design design) {
  RW_CHECK(design.size() == target.axes().size(), "a design has one value per axis");
  std::string text;
  for (std::size_t i = 0; i < design.size(); ++i) {
    const Axis& axis = target.axes()[i];
    if (i > 0) text += ' ';
    text += axis.name;
    text += '=';
    text += design[i] == kOpen ? "*" : axis.values[design[i]].name;
  }
  return text;
}

bool holds(const Rule& rule, Design design) {
  return std::all_of(rule.when.begin(), rule.when.end(),
                     [&](const Condition& c) { return allows(c, design[c.axis]); });
}

std::vector<const Rule*> rules_that_hold(const Target& target, Design design) {
  std::vector<const Rule*> rules;
  for (const Rule& rule : target.rules()) {
    if (holds(rule, design)) rules.push_back(&rule);
  }
  return rules;
}

std::string difference_text(const Target& target, Design design) {
  std::string text;
  for (std::size_t i = 0; i < design.size(); ++i) {
    const Axis& axis = target.axes()[i];
    if (design[i] == 0 || design[i] == kOpen) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", axis.name, axis.values[design[i]].name);
  }
  return text;
}

Verdict verdict(const Target& target, Design design) {
  RW_CHECK(design.size() == target.axes().size(), "a design has one value per axis");
  if (const Rule* rule = first_rule(target, design, RuleVerdict::impossible)) {
    return {Verdict::Kind::impossible, rule};
  }
  if (const Rule* rule = first_rule(target, design, RuleVerdict::wrong)) {
    return {Verdict::Kind::wrong, rule};
  }
  return {};
}

std::string verdict_text(const Verdict& v) {
  if (v.right()) return "right";
  return fmt::format("{} ({}): {}", v.kind == Verdict::Kind::wrong ? "wrong" : "impossible",
                     v.rule->name, v.rule->because);
}

void draw_open(const Target& target, DesignValues& design, Prng& prng) {
  for (std::size_t i = 0; i < design.size(); ++i) {
    if (design[i] != kOpen) continue;
    const auto count = static_cast<std::uint32_t>(target.axes()[i].values.size());
    design[i] = static_cast<std::uint8_t>(prng.below(count));
  }
}

DesignValues sample_right(const Target& target, std::uint64_t seed) {
  Prng prng(seed);
  DesignValues design(target.axes().size(), kOpen);
  // Drawing whole designs reaches those that are right only in combination; most are right soon.
  for (int tries = 0; tries < 8; ++tries) {
    std::fill(design.begin(), design.end(), kOpen);
    draw_open(target, design, prng);
    if (verdict(target, design).right()) return design;
  }
  return make_right(target, design);
}

DesignValues make_right(const Target& target, Design design) {
  DesignValues fixed(design.begin(), design.end());
  for (Verdict v = verdict(target, fixed); !v.right(); v = verdict(target, fixed)) {
    // One value back to its default breaks a rule. Take the first that makes all right, or else
    // the first that breaks this rule.
    std::optional<std::uint8_t> chosen;
    for (const Condition& c : v.rule->when) {
      if (fixed[c.axis] == 0 || allows(c, 0)) continue;
      DesignValues trial = fixed;
      trial[c.axis] = 0;
      const bool all_right = verdict(target, trial).right();
      if (!chosen || all_right) chosen = c.axis;
      if (all_right) break;
    }
    if (!chosen) {  // the rule holds for defaults in part: give up more
      const DesignValues whole = default_design(target);
      RW_CHECK(verdict(target, whole).right(), "the default design must be right");
      return whole;
    }
    fixed[*chosen] = 0;
  }
  return fixed;
}

DesignValues hunting_design(const Target& target, const Rule& rule) {
  DesignValues last;
  for (std::size_t pick = 0; pick < 4096; ++pick) {
    DesignValues design = open_design(target);
    if (!pick_values(rule, pick, design)) break;
    for (const Condition& c : rule.hunt_with) {
      unsigned value = 0;
      while (value < 32 && !allows(c, value)) ++value;
      if (!allows(c, design[c.axis])) design[c.axis] = static_cast<std::uint8_t>(value);
    }
    if (!holds(rule, design)) continue;
    last = design;
    if (verdict(target, design).kind != Verdict::Kind::impossible) return design;
  }
  RW_CHECK(!last.empty(), "a rule must hold in some design");
  return last;  // every combination is impossible for some other reason; verdict() tells which
}

std::vector<const Rule*> known_wrong(const Target& target) {
  std::vector<const Rule*> rules;
  for (const Rule& rule : target.rules()) {
    if (rule.verdict == RuleVerdict::wrong) rules.push_back(&rule);
  }
  return rules;
}

Result<const Rule*> find_known_wrong(const Target& target, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Rule* rule : known_wrong(target)) {
    if (name == rule->name) return rule;
    names.emplace_back(rule->name);
  }
  const std::vector<const Rule*> rules = numbered(target, name);
  if (rules.size() == 1) return rules.front();
  if (!rules.empty()) return several_numbered(name, rules);
  return Error{"", 0,
               fmt::format("target '{}' has no known-wrong design {}; {}", target.name(),
                           in_quotes(name), instead(name, names, "known-wrong designs"))};
}

}  // namespace rw::program

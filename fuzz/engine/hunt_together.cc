#include "fuzz/engine/hunt_together.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz/engine/campaign.h"
#include "fuzz/engine/run.h"
#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

using program::DesignValues;
using program::Error;
using program::kOpen;

// Whether `p` fails in the rule's own design, as the rule says it may.
bool explains(const Target& target, const Rule& rule, program::Program p) {
  DesignValues design = program::hunting_design(target, rule);
  for (std::size_t axis = 0; axis < design.size(); ++axis)
    if (design[axis] == kOpen) design[axis] = p.design[axis];
  p.design = std::move(design);
  const exec::Result result = run(p, {});
  return result.failure &&
         std::any_of(rule.detected_by.begin(), rule.detected_by.end(),
                     [&](const char* kind) { return result.failure->kind == kind; });
}

}  // namespace

program::Result<DesignValues> joint_design(const Target& target,
                                           const std::vector<const Rule*>& rules) {
  const DesignValues open = program::open_design(target);
  DesignValues joint = open;
  std::vector<const Rule*> wanted_by(joint.size(), nullptr);
  for (const Rule* rule : rules) {
    const DesignValues own = program::hunting_design(target, *rule);
    for (std::size_t axis = 0; axis < own.size(); ++axis) {
      if (own[axis] == open[axis] || own[axis] == joint[axis]) continue;
      if (wanted_by[axis] != nullptr)
        return Error{{},
                     0,
                     fmt::format("{} and {} want different values of {}", wanted_by[axis]->name,
                                 rule->name, target.axes()[axis].name)};
      wanted_by[axis] = rule;
      joint[axis] = own[axis];
    }
  }
  for (const Rule* rule : rules)
    if (!program::holds(*rule, joint))
      return Error{{}, 0, fmt::format("{} does not hold in a design with all of them", rule->name)};
  const program::Verdict verdict = program::verdict(target, joint);
  if (verdict.kind == program::Verdict::Kind::impossible)
    return Error{{}, 0, program::verdict_text(verdict)};
  return joint;
}

Together hunt_together(const TogetherOptions& options) {
  const auto design = joint_design(*options.target, options.rules);
  RW_CHECK(design.ok(), "these rules cannot be hunted together");
  Together together;
  together.first.resize(options.rules.size());
  CampaignOptions campaign_options;
  campaign_options.target = options.target;
  campaign_options.design = design.value();
  campaign_options.seed = options.seed;
  campaign_options.strategy = options.strategy;
  campaign_options.max_executions = options.executions;
  campaign_options.shrink_candidates = 0;
  campaign_options.stop = options.stop;
  campaign_options.found = [&](const Finding& finding) {
    bool explained = false;
    for (std::size_t i = 0; i < options.rules.size(); ++i) {
      if (!explains(*options.target, *options.rules[i], finding.found.program)) continue;
      explained = true;
      if (!together.first[i]) together.first[i] = finding.executions;
    }
    together.unexplained += explained ? 0 : 1;
  };
  Campaign campaign(campaign_options);
  const FileError error = campaign.run();
  RW_CHECK(error.empty(), "a campaign in memory writes no files");
  together.executions = campaign.statistics().executions;
  together.steps = campaign.statistics().steps;
  together.seconds = campaign.seconds();
  return together;
}

}  // namespace rw::engine

#include "fuzz/cli/explore_verdict.h"

#include <fmt/format.h>

#include "fuzz/cli/cli.h"
#include "fuzz/cli/explore_watch.h"
#include "fuzz/program/text.h"
#include "fuzz/program/text_lines.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

std::string within(std::int64_t preemptions) {
  if (preemptions < 0) return "any number of preemptions";
  if (preemptions == 0) return "no preemptions";
  return fmt::format("at most {} preemption{}", preemptions, preemptions == 1 ? "" : "s");
}

// The bound that the counts are of: the one in hand, if not all is explored.
std::int64_t bound_of(const ExploreVerdict& v) {
  return v.preemptions < 0 || v.all.complete ? v.preemptions : v.all.within;
}

std::string program_text(const ExploreVerdict& v) {
  return fmt::format("executions of this program (memory {}, {} steps, {}",
                     program::kMemoryNames[unsigned(v.program.memory)],
                     program::kGranularityNames[unsigned(v.program.granularity)],
                     within(bound_of(v)));
}

std::string text_of_failure(const ExploreVerdict& v) {
  std::string text =
      fmt::format("a failure after {} {})\n", with_commas(v.all.executions), program_text(v));
  if (v.saved.empty()) text += "--out FILE saves its program, to replay and to shrink\n";
  return text;
}

std::string text_of_all(const ExploreVerdict& v) {
  return fmt::format("all {} {}; {} repetitions given up{}{}): no failure\n",
                     with_commas(v.all.executions), program_text(v), with_commas(v.all.repeated),
                     v.all.impossible == 0 ? ""
                                           : fmt::format(", {} that C++20 does not have",
                                                         with_commas(v.all.impossible)),
                     v.all.held_back ? "; spin loops as long as a round sees something new" : "");
}

std::string text_of_part(const ExploreVerdict& v) {
  std::string text;
  if (v.all.covered >= 0)
    text = fmt::format("covered, and without a failure: all executions with {}\n",
                       within(v.all.covered));
  text += fmt::format(
      "{} {}){}: no failure among them\n", with_commas(v.all.executions), program_text(v),
      v.share ? fmt::format(", about {:.2g} % of all by a guess", 100 * *v.share) : "");
  if (v.all.open != 0 && !v.share)
    text += fmt::format("{}\n", ExploreWatch::beyond_guess(v.guessed, v.all.open));
  if (!v.all.rest.empty() && v.state.empty())
    text += "with --state FILE the same command could go on from here\n";
  else if (!v.all.rest.empty())
    text += fmt::format("what is left is in {}: the same command goes on with it\n", v.state);
  if (v.all.cut_off != 0)
    text += fmt::format(
        "{} of them reached the step budget: their loops were not explored to the end\n",
        with_commas(v.all.cut_off));
  return text;
}

}  // namespace

std::string text_of(const ExploreVerdict& v) {
  if (v.found) return text_of_failure(v);
  return v.all.complete ? text_of_all(v) : text_of_part(v);
}

std::string json_of(const ExploreVerdict& v, int status) {
  const auto number = [](bool known, auto n) { return known ? report::Json(n) : report::Json(); };
  report::Json json = report::document("explore");
  json["file"] = v.file;
  json["memory"] = program::kMemoryNames[unsigned(v.program.memory)];
  json["granularity"] = program::kGranularityNames[unsigned(v.program.granularity)];
  json["preemptions"] = number(v.preemptions >= 0, v.preemptions);
  json["within"] = number(v.preemptions >= 0, bound_of(v));
  json["covered"] = number(v.all.covered >= 0, v.all.covered);
  json["executions"] = v.all.executions;
  json["repeated"] = v.all.repeated;
  json["impossible"] = v.all.impossible;
  json["cut_off"] = v.all.cut_off;
  json["complete"] = v.all.complete;
  json["held_back"] = v.all.held_back;
  json["open"] = number(!v.found, v.all.open);
  json["guessed"] = number(v.guessed > 0, v.guessed);
  json["share_done"] = number(v.share.has_value(), v.share.value_or(0));
  json["verdict"] = v.found ? "failure" : v.all.complete ? "no failure" : "not all explored";
  json["key"] = v.found ? report::Json(v.found->key) : report::Json();
  json["finding"] = nullptr;
  if (v.found)
    json["finding"] = report::to_json(report::Finding{v.found->failure, v.found->key, v.saved,
                                                      program::print(v.found->program), ""});
  return report::print(json, status);
}

}  // namespace rw::cli

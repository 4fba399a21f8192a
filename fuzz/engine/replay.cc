#include "fuzz/replay.h"

#include <fmt/format.h>

#include <optional>

#include "fuzz/engine/campaign.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/text.h"

namespace rw {

std::string Replay::report() const {
  if (!error.empty()) return error + "\n";
  std::string text = picture;
  if (!key.empty() && !expected.empty() && key != expected)
    text += fmt::format("\nThis is another failure than the {} of the file.\n", expected);
  if (!divergence.empty())
    text += fmt::format("\nThe schedule could not be followed: {}\n", divergence);
  return text;
}

Replay replay(std::string_view race, std::string_view name) {
  Replay replay;
  const auto parsed = program::parse(race, name);
  if (!parsed) {
    replay.error = parsed.error().text();
    return replay;
  }
  const program::Program& p = parsed.value();
  replay.expected = p.key;
  std::optional<schedule::Divergence> divergence;
  exec::Result result = engine::run(p, {.record_trace = true}, &divergence);
  if (divergence) replay.divergence = engine::in_words(*divergence, result.trace);
  if (!result.failure) return replay;
  engine::Finding finding;
  finding.found = engine::found_without_replay(p, *result.failure);
  finding.found.program = p;
  finding.found.trace = std::move(result.trace);
  replay.key = finding.found.key;
  replay.picture = engine::summary_of(finding, "racewalk");
  return replay;
}

}  // namespace rw

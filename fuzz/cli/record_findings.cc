#include "fuzz/cli/record_findings.h"

#include <fmt/format.h>

#include "fuzz/cli/rr_choice.h"
#include "fuzz/engine/dying.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/recording_meta.h"
#include "fuzz/engine/rr_record.h"
#include "fuzz/program/text.h"

namespace rw::cli {
namespace {

// Whether the folder holds a recording of this failure, rather than of another that had its name.
bool is_recorded(const std::string& folder, const std::string& key) {
  engine::FileError ignored;
  const auto meta = engine::read_meta(folder + "/meta.json", ignored);
  return meta && meta->key == key && meta->mode != engine::kNotRecorded;
}

// It has been shrunk already. Empty: it was recorded; else why not.
std::string record_one(const report::Finding& finding, const engine::RecordOptions& options) {
  const auto loaded = program::load(finding.file);
  if (!loaded) return loaded.error().text();
  if (engine::is_deadly(finding.failure.kind))
    return "it ends its process; racewalk record of the build that found it records it";
  const auto found = engine::confirm(loaded.value());
  if (!found || found->key != finding.key)
    return "it does not fail steered; racewalk record --threads records real threads";
  const engine::Recorded recorded = engine::record(*found, options);
  if (recorded.stopped) return "interrupted";
  return recorded.error.empty() ? recorded.why_not : recorded.error;
}

}  // namespace

std::vector<std::string> record_findings(std::vector<report::Finding>& findings,
                                         const std::string& rr) {
  std::vector<std::string> lines;
  if (findings.empty()) return lines;
  engine::RecordOptions options;
  options.stop = engine::interrupted;
  options.probe = probe_for(rr);
  lines.push_back("rr: " + engine::in_words(options.probe));
  if (!options.probe.works) return lines;
  for (report::Finding& finding : findings) {
    if (engine::interrupted()) break;
    options.file = finding.file;
    options.folder = engine::recording_of(finding.file);
    std::string why;
    if (!is_recorded(options.folder, finding.key)) why = record_one(finding, options);
    if (why.empty()) finding.recording = options.folder;
    lines.push_back(why.empty() ? fmt::format("{}: recorded", options.folder)
                                : fmt::format("{}: not recorded: {}", finding.file, why));
  }
  return lines;
}

}  // namespace rw::cli

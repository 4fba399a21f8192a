#include "fuzz/engine/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "fuzz/engine/dying.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/text.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {

std::vector<std::string> races_of(const std::string& folder) {
  const std::vector<std::string> names = list_folder(folder);
  std::vector<std::string> races;
  for (const std::string& name : names) {
    if (!name.ends_with(".race")) continue;
    const std::string stem = name.substr(0, name.find('.'));
    const std::string finding = stem + ".race";
    if (name == finding || !verdict::is_key(stem) ||
        !std::binary_search(names.begin(), names.end(), finding))
      races.push_back(name);
  }
  return races;
}

std::vector<std::string> FindingsFolder::look() {
  std::vector<std::string> pictures;
  for (const std::string& name : races_of(folder_)) {
    const std::string key = name.substr(0, name.size() - 5);
    if (!keys_.insert(key).second) continue;
    FileError ignored;
    pictures.push_back(
        read_whole(fmt::format("{}/{}.txt", folder_, key), ignored).value_or(folder_ + "/" + name));
  }
  return pictures;
}

report::Finding finding_in(const std::string& out, const std::string& key) {
  report::Finding finding;
  finding.key = key;
  finding.file = fmt::format("{}/{}.race", out, key);
  finding.failure.kind = verdict::kind_of_key(key);
  FileError ignored;
  finding.program = read_whole(finding.file, ignored).value_or("");
  finding.summary = read_whole(fmt::format("{}/{}.txt", out, key), ignored).value_or("");
  // The file has no room for the failure itself, but it fails again. Not what ends the process.
  const auto loaded = program::load(finding.file);
  if (!loaded || is_deadly(finding.failure.kind)) return finding;
  if (loaded.value().schedule.form != program::Schedule::Form::list) return finding;
  if (std::optional<exec::Failure> again = run(loaded.value(), {.record_trace = true}).failure;
      again && verdict::key_of(*again) == key)
    finding.failure = std::move(*again);
  return finding;
}

}  // namespace rw::engine

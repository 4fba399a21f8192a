#include "fuzz/engine/findings.h"

#include <fmt/format.h>

#include <optional>

#include "fuzz/engine/dying.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/text.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {

std::vector<std::string> FindingsFolder::look() {
  std::vector<std::string> pictures;
  for (const std::string& name : list_folder(folder_)) {
    if (!name.ends_with(".race")) continue;
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

#include "fuzz/cli/pictured.h"

#include "fuzz/program/text.h"
#include "fuzz/program/text_lines.h"

namespace rw::cli {

namespace {

int status_of(const engine::Look& look, const program::Program& p) {
  if (look.as_expected) return engine::kExitNothing;
  if (p.expect.empty() || p.expect == "none") return engine::kExitFound;
  return look.diverged ? engine::kExitDiverged : engine::kExitOther;
}

}  // namespace

Pictured::Pictured(const std::string& file, const std::string& target) {
  const program::Program p = program_in(file, target);
  look = engine::look_at(p);
  status = status_of(look, p);
  run.file = file;
  run.program = program::print(p);
  run.target = p.target->name();
  run.memory = program::kMemoryNames[static_cast<std::size_t>(p.memory)];
  run.key = look.key;
  run.remarks = look.remarks;
  run.trace = &look.trace;
  if (look.failure) run.failure = &*look.failure;
}

void complain_of(const std::vector<std::string>& remarks) {
  for (const std::string& remark : remarks) complain(remark);
}

report::Json pictured_document(const char* kind, const Pictured& pictured) {
  report::Json json = report::document(kind);
  json["file"] = pictured.run.file;
  json["target"] = pictured.run.target;
  json["remarks"] = pictured.run.remarks;
  json["finding"] = nullptr;
  if (pictured.look.failure)
    json["finding"] = report::to_json(report::Finding{.failure = *pictured.look.failure,
                                                      .key = pictured.run.key,
                                                      .file = pictured.run.file,
                                                      .program = {},
                                                      .summary = {}});
  return json;
}

}  // namespace rw::cli

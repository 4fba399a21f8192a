// racewalk emit-test: a failure as a GoogleTest case of one's own tree (fuzz/replay.h).
#include <fmt/format.h>

#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/dying.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/text.h"
#include "fuzz/report/emitted.h"
#include "fuzz/report/json.h"
#include "fuzz/verdict/key.h"

namespace rw::cli {
namespace {

struct EmitOptions {
  std::string file, target, out;
  bool json = false;
};

// The program as the list of decisions that failed just now: a drawn schedule would not survive
// the fix.
engine::Found failing(const EmitOptions& o, const program::Program& p) {
  const bool deadly = engine::ends_its_process(p);
  std::optional<engine::Found> found =
      deadly ? engine::ChildRunner().confirm(p) : engine::confirm(p);
  if (!found)
    stop(engine::kExitOther,
         fmt::format("{} does not fail in this build: its test would pass before any fix", o.file));
  if (!found->own_bug.empty()) stop(kExitOwnBug, found->own_bug);
  if (!p.key.empty() && found->key != p.key)
    stop(engine::kExitOther, fmt::format("{} fails with {}, not with its {}; `racewalk replay` "
                                         "shows the failure, and fmt what the file holds",
                                         o.file, found->key, p.key));
  // What people wrote on top stays.
  found->program.remarks.clear();
  for (const program::Program::Remark& remark : p.remarks)
    if (remark.before <= 1) found->program.remarks.push_back(remark);
  return std::move(*found);
}

int emit(const EmitOptions& o) {
  const program::Program p = program_in(o.file, o.target);
  if (!o.out.empty()) check_writable(o.out);
  const engine::Found found = failing(o, p);
  const std::string text =
      report::emit_test({program::print(found.program), verdict::title_of(found.failure),
                         p.target->name(), found.key});
  if (!o.out.empty()) write_or_stop(o.out, text);
  if (o.json) {
    report::Json json = report::document("emit-test");
    json["file"] = o.file;
    json["target"] = p.target->name();
    json["key"] = found.key;
    json["output"] = o.out.empty() ? report::Json() : report::Json(o.out);
    json["text"] = text;
    fmt::print("{}", report::print(json, engine::kExitNothing));
  } else if (o.out.empty()) {
    fmt::print("{}", text);
  }
  return engine::kExitNothing;
}

}  // namespace

void add_emit_test(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("emit-test", "a GoogleTest case that replays a failure");
  auto o = std::make_shared<EmitOptions>();
  c->add_option("FILE", o->file, "a .race file, or a raw libFuzzer input with --target")
      ->required();
  c->add_option("-o,--output", o->out, "file to write, named x_test.cc; default: standard output");
  c->add_option("--target", o->target, "what a raw input is for");
  c->add_flag("--json", o->json, "the test's text in a JSON document");
  c->callback([o, status] { *status = emit(*o); });
}

}  // namespace rw::cli

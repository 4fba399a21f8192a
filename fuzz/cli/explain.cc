// racewalk explain: the story of one run of a saved program in numbered sentences.
#include "fuzz/report/explain.h"

#include <fmt/format.h>

#include <memory>

#include "fuzz/cli/pictured.h"
#include "fuzz/report/table.h"

namespace rw::cli {
namespace {

struct ExplainOptions {
  std::string file, target;
  unsigned width = 0;  // 0: the terminal's
  bool json = false;
};

int explain(const ExplainOptions& o) {
  const Pictured p(o.file, o.target);
  const std::vector<report::Sentence> sentences = report::explain(p.run);
  if (o.json) {
    report::Json json = pictured_document("explain", p);
    json["sentences"] = report::Json::array();
    for (const report::Sentence& sentence : sentences) json["sentences"].push_back(sentence.text);
    json["exit_status"] = p.status;
    fmt::print("{}", report::print(json));
    return p.status;
  }
  fmt::print("{}", report::numbered(sentences, o.width != 0 ? o.width : width_wanted()));
  std::fflush(stdout);
  complain_of(p.run.remarks);
  return p.status;
}

}  // namespace

void add_explain(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("explain", "what happens in a saved program, in sentences");
  auto o = std::make_shared<ExplainOptions>();
  c->add_option("FILE", o->file, "a .race file, or a raw libFuzzer input with --target")
      ->required();
  c->add_option("--width", o->width, "columns of the text; default the terminal's, or 100")
      ->check(CLI::Range(report::kLeastWidth, 1000U));
  c->add_option("--target", o->target, "what a raw input is for");
  c->add_flag("--json", o->json, "the sentences as JSON");
  c->callback([o, status] { *status = explain(*o); });
}

}  // namespace rw::cli

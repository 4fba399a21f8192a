// racewalk fmt: a program's bytes as text, its text as bytes, or its text in canonical form.
#include <fmt/format.h>

#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/text.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

struct FmtOptions {
  std::string file, target, out;
  std::string to = "text";
  bool json = false;
};

int fmt_file(const FmtOptions& o) {
  const program::Program p = program_in(o.file, o.target, RawDesign::as_it_is);
  const std::string text = program::print(p);
  const std::vector<std::uint8_t> encoded = program::encode(p);
  const std::string bytes(encoded.begin(), encoded.end());
  const std::string& wanted = o.to == "bytes" ? bytes : text;
  if (!o.out.empty()) write_or_stop(o.out, wanted);
  if (o.json) {
    report::Json json = report::document("fmt");
    json["file"] = o.file;
    json["target"] = p.target->name();
    json["output"] = o.out;
    json["text"] = text;
    std::string hex;
    for (const std::uint8_t byte : encoded) hex += fmt::format("{:02x}", byte);
    json["bytes"] = hex;
    fmt::print("{}", report::print(json, engine::kExitNothing));
  } else if (o.out.empty() &&
             std::fwrite(wanted.data(), 1, wanted.size(), stdout) != wanted.size()) {
    stop(engine::kExitCannotWrite, "cannot write to standard output");
  }
  return engine::kExitNothing;
}

}  // namespace

void add_fmt(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("fmt", "turn bytes into text and back, or tidy a .race file");
  auto o = std::make_shared<FmtOptions>();
  c->add_option("FILE", o->file, "a .race file, or raw bytes with --target")->required();
  c->add_option("--to", o->to, "text (default) or bytes")->check(CLI::IsMember({"text", "bytes"}));
  c->add_option("--target", o->target, "what raw bytes are for");
  c->add_option("-o,--output", o->out, "file to write; default: standard output");
  c->add_flag("--json", o->json, "text and bytes (as hexadecimal digits) in one JSON document");
  c->callback([o, status] { *status = fmt_file(*o); });
}

}  // namespace rw::cli

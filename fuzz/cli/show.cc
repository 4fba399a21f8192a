// racewalk show: one run of a saved program as a picture, on the terminal or in a file.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "fuzz/cli/pictured.h"
#include "fuzz/engine/files.h"
#include "fuzz/report/dot.h"
#include "fuzz/report/html.h"
#include "fuzz/report/mermaid.h"
#include "fuzz/report/perfetto.h"
#include "fuzz/report/table.h"

namespace rw::cli {
namespace {

struct ShowOptions {
  std::string file, target;
  std::string html, perfetto, dot, mermaid;  // where they go; "-": standard output; empty: nowhere
  std::string source;
  unsigned width = 0;  // 0: the terminal's
  bool json = false;
};

// The folder below which the trace's first source file lies: the working folder, that of the
// program or that of this command, or one above them. Empty: none of them.
std::string source_root(const exec::Trace& trace, const std::string& file) {
  if (trace.events.empty()) return {};
  const std::string& sought = trace.events.front().where.file;
  for (const std::filesystem::path& start :
       {std::filesystem::current_path(), std::filesystem::absolute(file).parent_path(),
        std::filesystem::path(engine::own_folder())}) {
    for (std::filesystem::path folder = start;; folder = folder.parent_path()) {
      if (std::filesystem::exists(folder / sought)) return folder.string();
      if (folder == folder.parent_path()) break;
    }
  }
  return {};
}

std::string table(const Pictured& p, const ShowOptions& o) {
  const report::TableOptions options{.width = o.width != 0 ? o.width : width_wanted(),
                                     .color = color_wanted()};
  return p.look.failure ? report::two_column(p.look.trace, *p.look.failure, p.run.key, options)
                        : report::two_column(p.look.trace, options);
}

std::string page(const Pictured& p, const ShowOptions& o) {
  report::PageOptions options;
  options.source_root = o.source.empty() ? source_root(p.look.trace, o.file) : o.source;
  return report::html(p.run, options);
}

// Each picture that is asked for, to where it is to go.
void write_pictures(const Pictured& p, const ShowOptions& o) {
  const auto put = [](const std::string& where, const auto& make) {
    if (where.empty()) return;
    const std::string text = make();
    if (where == "-")
      fmt::print("{}", text);
    else
      write_or_stop(where, text);
  };
  put(o.html, [&] { return page(p, o); });
  put(o.perfetto, [&] { return report::print(report::perfetto(p.run)); });
  put(o.dot, [&] { return report::dot(p.run); });
  put(o.mermaid, [&] { return report::mermaid(p.run); });
}

int show(const ShowOptions& o) {
  unsigned to_output = o.json ? 1 : 0;
  for (const std::string* where : {&o.html, &o.perfetto, &o.dot, &o.mermaid}) {
    to_output += *where == "-" ? 1 : 0;
    if (!where->empty() && *where != "-") check_writable(*where);
  }
  if (to_output > 1)
    stop(engine::kExitUsage, "only one picture can go to standard output; give the others files");
  if (!o.source.empty() && !std::filesystem::is_directory(o.source))
    stop(engine::kExitUsage, fmt::format("--source {}: there is no such folder", o.source));
  const Pictured p(o.file, o.target);
  write_pictures(p, o);
  if (o.json) {
    report::Json json = pictured_document("show", p);
    json["trace"] = report::to_json(p.look.trace);
    json["exit_status"] = p.status;
    fmt::print("{}", report::print(json));
  } else if (o.html.empty() && o.perfetto.empty() && o.dot.empty() && o.mermaid.empty()) {
    fmt::print("{}", table(p, o));
  }
  // What went out must not be mixed up with it.
  std::fflush(stdout);
  if (!o.json) complain_of(p.run.remarks);
  return p.status;
}

}  // namespace

void add_show(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand("show", "a picture of one run of a saved program");
  auto o = std::make_shared<ShowOptions>();
  c->add_option("FILE", o->file, "a .race file, or a raw libFuzzer input with --target")
      ->required();
  c->add_option("--html", o->html, "write a page that needs nothing else (- is standard output)");
  c->add_option("--perfetto", o->perfetto, "write trace events for ui.perfetto.dev");
  c->add_option("--dot", o->dot, "write the order of the locks for Graphviz");
  c->add_option("--mermaid", o->mermaid, "write a sequence diagram for Mermaid");
  c->add_option("--width", o->width, "columns of the text; default the terminal's, or 100")
      ->check(CLI::Range(report::kLeastWidth, 1000U));
  c->add_option("--source", o->source, "folder of the sources that the page shows parts of");
  c->add_option("--target", o->target, "what a raw input is for");
  c->add_flag("--json", o->json, "the trace as JSON");
  c->callback([o, status] { *status = show(*o); });
}

}  // namespace rw::cli

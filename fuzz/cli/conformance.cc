// racewalk conformance: what the memory models show of the litmus rows, against the verdicts.
#include "fuzz/engine/conformance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/conformance_table.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

struct ConformanceOptions {
  std::string memory;
  std::string table;
  std::vector<std::string> rows;
  std::uint64_t executions = 2'000'000;
  std::uint64_t sample = 0;
  std::uint64_t seed = 1;
  bool json = false;
};

// Load buffering: loads that see stores which run later. A machine that runs each task in program
// order cannot show it.
constexpr std::string_view kKnownGaps[] = {"L21", "L25"};

bool is_known_gap(const ConformanceRow& row) {
  return std::find(std::begin(kKnownGaps), std::end(kKnownGaps), row.id) != std::end(kKnownGaps);
}

const char* text_of(ModelVerdict verdict) {
  return verdict == ModelVerdict::forbidden ? "forbidden"
         : verdict == ModelVerdict::allowed ? "allowed"
         : verdict == ModelVerdict::race    ? "race"
                                            : "?";
}

std::vector<engine::TableRow> table_in(const std::string& path) {
  engine::FileError error;
  const auto contents = engine::read_whole(path, error);
  if (!contents) stop(engine::kExitUsage, error);
  auto table = engine::parse_table(*contents, path);
  if (!table) stop(engine::kExitUsage, table.error().text());
  return std::move(table.value());
}

std::vector<const ConformanceRow*> rows_wanted(const ConformanceOptions& o,
                                               std::span<const ConformanceRow> all) {
  std::vector<const ConformanceRow*> wanted;
  for (const ConformanceRow& row : all) {
    const bool by_name = std::find(o.rows.begin(), o.rows.end(), row.id) != o.rows.end();
    const bool by_model = o.memory.empty() || row.kernel == (o.memory == "lkmm");
    if (by_name && !by_model)
      stop(engine::kExitUsage, fmt::format("{} is a row of {}; leave --memory out, or the row",
                                           row.id, row.kernel ? "lkmm" : "weak"));
    if (o.rows.empty() ? by_model : by_name) wanted.push_back(&row);
  }
  for (const std::string& name : o.rows) {
    const auto known = [&](const ConformanceRow* row) { return name == row->id; };
    if (std::none_of(wanted.begin(), wanted.end(), known))
      stop(engine::kExitUsage,
           o.table.empty()
               ? fmt::format("there is no row '{}'; they are called C1 to C76 and L1 to L68", name)
               : fmt::format("there is no row '{}' in {}", name, o.table));
  }
  if (wanted.empty())
    stop(engine::kExitUsage,
         fmt::format("{} has no row of {}; leave --memory out", o.table, o.memory));
  return wanted;
}

engine::Conformance run_row(const ConformanceRow& row, const ConformanceOptions& o) {
  engine::ConformanceOptions options;
  options.memory = row.kernel ? exec::Memory::lkmm : exec::Memory::weak_exact;
  options.max_executions = o.executions;
  options.stop = engine::interrupted;
  options.seed = o.seed;
  if (o.sample == 0) return engine::check_row(row, options);
  options.samples = o.sample;
  return engine::sample_row(row, options);
}

report::Json json_of(const ConformanceRow& row, const engine::Conformance& c, bool ok, bool gap) {
  return {{"id", row.id},
          {"name", row.name},
          {"verdict", text_of(row.verdict)},
          {"shown", c.shown},
          {"races", c.races},
          {"executions", c.executions},
          {"first_shown", c.first_shown},
          {"all", c.complete},
          {"right", ok},
          {"known_gap", gap}};
}

void print_row(const ConformanceRow& row, std::size_t id_width, const engine::Conformance& c,
               const char* remark) {
  fmt::print("{:<{}} {:<46.46} {:<9}  {}  {}{}{}\n", row.id, id_width, row.name,
             text_of(row.verdict),
             c.races > 0   ? fmt::format("{:>7} raced of", c.races)
             : c.shown > 0 ? fmt::format("{:>7} shown of", c.shown)
                           : "  not shown in",
             fmt::format("{}{} executions", c.complete ? "all " : "", c.executions),
             *remark != 0 ? "  " : "", remark);
  if (!c.other_failure.empty()) fmt::print("     {}\n", c.other_failure);
  std::fflush(stdout);
}

int conformance(const ConformanceOptions& o) {
  std::vector<engine::TableRow> table;
  std::vector<ConformanceRow> of_table;
  if (!o.table.empty()) table = table_in(o.table);
  for (const engine::TableRow& row : table) of_table.push_back(row.row());
  const std::vector<const ConformanceRow*> rows =
      rows_wanted(o, o.table.empty() ? conformance_rows() : std::span(of_table));
  std::size_t id_width = 4;
  for (const ConformanceRow* row : rows) id_width = std::max(id_width, std::strlen(row->id));
  engine::catch_interrupts();
  report::Json json = report::document("conformance");
  json["entries"] = report::Json::array();
  unsigned right = 0;
  unsigned gaps = 0;
  unsigned done = 0;
  unsigned asked = 0;  // rows that have no verdict: what they show is the answer
  for (const ConformanceRow* row : rows) {
    const engine::Conformance c = run_row(*row, o);
    if (engine::interrupted()) break;  // this row is not whole
    ++done;
    const bool ok = c.right(row->verdict);
    const bool gap = !ok && o.table.empty() && is_known_gap(*row);
    const bool open = ok && row->verdict == ModelVerdict::unknown;
    asked += open ? 1 : 0;
    right += ok && !open ? 1 : 0;
    gaps += gap ? 1 : 0;
    if (o.json)
      json["entries"].push_back(json_of(*row, c, ok, gap));
    else
      print_row(*row, id_width, c, ok ? "" : gap ? "known gap" : "WRONG");
  }
  const int status = done < rows.size()             ? engine::kExitInterrupted
                     : right + gaps + asked == done ? engine::kExitNothing
                                                    : engine::kExitFound;
  if (o.json) {
    json["rows"] = done;
    json["right"] = right;
    json["known_gaps"] = gaps;
    json["without_verdict"] = asked;
    fmt::print("{}", report::print(json, status));
  } else {
    if (done < rows.size())
      fmt::print("stopped in row {}, before {} of {} rows were run\n", rows[done]->id,
                 rows.size() - done, rows.size());
    fmt::print("{} of {} rows right, {} known gaps, {} wrong{}\n", right, done - asked, gaps,
               done - asked - right - gaps,
               asked == 0 ? "" : fmt::format("; {} without a verdict", asked));
  }
  return status;
}

}  // namespace

void add_conformance(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand(
      "conformance", "run the litmus rows of the memory models against their verdicts");
  auto o = std::make_shared<ConformanceOptions>();
  c->add_option("--memory", o->memory, "weak: the rows of C++20; lkmm: the kernel's; default: both")
      ->check(CLI::IsMember({"weak", "lkmm"}));
  c->add_option("--table", o->table, "a file with rows of your own instead (docs/memory.md)");
  c->add_option("ROWS", o->rows, "only these: C19 L52");
  c->add_option("--executions", o->executions,
                "of a row, before samples stand for the rest (default 2000000)")
      ->check(above_zero());
  c->add_option("--sample", o->sample,
                "instead of all executions up to so many, drawn as a campaign draws them")
      ->check(above_zero());
  c->add_option("--seed", o->seed, "of samples (default 1)");
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status] { *status = conformance(*o); });
}

}  // namespace rw::cli

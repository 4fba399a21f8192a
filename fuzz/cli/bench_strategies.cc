// racewalk bench strategies: how often each strategy makes stored programs fail.
#include "fuzz/cli/bench_strategies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/strategy_shares.h"
#include "fuzz/report/json.h"
#include "fuzz/schedule/strategies.h"

namespace rw::cli {
namespace {

struct BenchStrategiesOptions {
  std::vector<std::string> files;
  std::uint32_t schedules = 1000;
  std::uint64_t seed = 1;
  bool json = false;
};

// What nearly every schedule of some strategy shows tells nothing about the others.
constexpr double kEasy = 0.9;

struct StrategiesRow {
  std::string file;
  std::vector<double> shares;  // by strategy
  bool easy = false;
};

struct StrategiesColumn {
  unsigned best = 0;   // rows in which no strategy has a larger share
  unsigned never = 0;  // rows in which it has none
  double log10 = 0;    // mean; a share below one failure counts as a fifth of one
};

std::vector<StrategiesColumn> columns_of(const std::vector<StrategiesRow>& rows,
                                         std::uint32_t schedules) {
  std::vector<StrategiesColumn> columns(schedule::strategies().size());
  const auto hard =
      std::count_if(rows.begin(), rows.end(), [](const StrategiesRow& r) { return !r.easy; });
  for (const StrategiesRow& row : rows) {
    if (row.easy) continue;
    const double most = *std::max_element(row.shares.begin(), row.shares.end());
    for (std::size_t s = 0; s < columns.size(); ++s) {
      columns[s].best += most > 0 && row.shares[s] == most ? 1 : 0;
      columns[s].never += row.shares[s] == 0 ? 1 : 0;
      columns[s].log10 +=
          std::log10(std::max(row.shares[s], 0.2 / schedules)) / static_cast<double>(hard);
    }
  }
  return columns;
}

void print_row(const StrategiesRow& row) {
  const std::size_t slash = row.file.rfind('/');
  fmt::print("{:<36.36}", row.file.substr(slash == std::string::npos ? 0 : slash + 1));
  for (const double share : row.shares) fmt::print("{:>11.4f}", share);
  fmt::print("{}\n", row.easy ? "  easy" : "");
  std::fflush(stdout);
}

void print_columns(const std::vector<StrategiesColumn>& columns) {
  fmt::print("\n{:<36}", "best on");
  for (const StrategiesColumn& c : columns) fmt::print("{:>11}", c.best);
  fmt::print("\n{:<36}", "never fails");
  for (const StrategiesColumn& c : columns) fmt::print("{:>11}", c.never);
  fmt::print("\n{:<36}", "mean log10 of the share");
  for (const StrategiesColumn& c : columns) fmt::print("{:>11.2f}", c.log10);
  fmt::print("\n");
}

report::Json json_of(const BenchStrategiesOptions& o, const std::vector<StrategiesRow>& rows,
                     const std::vector<StrategiesColumn>& columns) {
  report::Json json = report::document("bench-strategies");
  json["schedules"] = o.schedules;
  json["seed"] = o.seed;
  json["entries"] = report::Json::array();
  for (const StrategiesRow& row : rows) {
    report::Json shares;
    for (std::size_t s = 0; s < row.shares.size(); ++s)
      shares[schedule::strategies()[s].name] = row.shares[s];
    json["entries"].push_back({{"file", row.file}, {"easy", row.easy}, {"shares", shares}});
  }
  json["strategies"] = report::Json::array();
  for (std::size_t s = 0; s < columns.size(); ++s)
    json["strategies"].push_back({{"name", schedule::strategies()[s].name},
                                  {"best", columns[s].best},
                                  {"never", columns[s].never},
                                  {"mean_log10", columns[s].log10}});
  return json;
}

int bench(const BenchStrategiesOptions& o) {
  std::vector<program::Program> programs;
  for (const std::string& file : o.files) programs.push_back(program_in(file, ""));
  engine::catch_interrupts();
  if (!o.json) {
    fmt::print("{:<36}", fmt::format("share of {} schedules", o.schedules));
    for (const auto& info : schedule::strategies()) fmt::print("{:>11}", info.name);
    fmt::print("\n");
  }
  std::vector<StrategiesRow> rows;
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const auto failed =
        engine::strategy_shares(programs[i], o.schedules, o.seed, engine::interrupted);
    if (engine::interrupted()) break;  // this row is not whole
    StrategiesRow row{o.files[i], {}, false};
    for (const std::uint32_t n : failed) row.shares.push_back(double(n) / o.schedules);
    row.easy = *std::max_element(row.shares.begin(), row.shares.end()) > kEasy;
    if (!o.json) print_row(row);
    rows.push_back(std::move(row));
  }
  const std::vector<StrategiesColumn> columns = columns_of(rows, o.schedules);
  const int status =
      rows.size() == programs.size() ? engine::kExitNothing : engine::kExitInterrupted;
  if (o.json)
    fmt::print("{}", report::print(json_of(o, rows, columns), status));
  else
    print_columns(columns);
  return status;
}

}  // namespace

void add_bench_strategies(CLI::App& bench_app, int* status) {
  CLI::App* c = bench_app.add_subcommand(
      "strategies", "how often each strategy makes stored programs fail, schedule by schedule");
  auto o = std::make_shared<BenchStrategiesOptions>();
  c->add_option("FILES", o->files, ".race programs")->required();
  c->add_option("--schedules", o->schedules, "of each strategy and program (default 1000)")
      ->check(CLI::Range(1, 1'000'000));
  c->add_option("--seed", o->seed, "of the schedules' seeds (default 1)");
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status] { *status = bench(*o); });
}

}  // namespace rw::cli

// racewalk bench classics: schedules to the first failure of the literature's programs, by
// strategy, beside the best published figure.
#include "fuzz/cli/bench_classics.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "fuzz/benchmark.h"
#include "fuzz/engine/clock.h"
#include "fuzz/engine/first_failure.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/program/suggest.h"
#include "fuzz/report/json.h"
#include "fuzz/schedule/strategies.h"

namespace rw::cli {
namespace {

struct BenchClassicsOptions {
  std::vector<std::string> names;
  std::vector<std::string> strategies;
  std::uint64_t seed = 1;
  unsigned seeds = 20;
  std::uint64_t schedules = 10'000;
  bool json = false;
};

// One program under one strategy, over all seeds.
struct Cell {
  unsigned found = 0;  // seeds whose search ended in a failure
  double mean = 0;     // executions to the first, over those seeds
  std::uint64_t most = 0;
  std::uint64_t executions = 0;  // of all seeds
  double seconds = 0;
  double most_seconds = 0;  // of one seed
};

struct ClassicsRow {
  const Benchmark* benchmark;
  std::vector<Cell> cells;  // by strategy asked for
};

program::Program program_of(const Benchmark& b) {
  program::Program p = program::minimal(*b.target);
  p.design = b.design;
  p.memory = memory_named(b.memory);
  p.tasks.clear();
  for (const auto& ops : b.tasks) {
    p.tasks.emplace_back();
    for (const std::uint8_t op : ops) p.tasks.back().push_back({.op = op, .operand = {}});
  }
  return p;
}

bool fits(const Benchmark& b) {
  return b.tasks.size() <= exec::kMaxTasks;
}

// Without names all that this build has room for.
std::vector<const Benchmark*> benchmarks_wanted(const BenchClassicsOptions& o) {
  std::vector<const Benchmark*> wanted;
  std::vector<std::string_view> names;
  for (const Benchmark& b : benchmarks()) {
    names.emplace_back(b.name);
    const bool named = std::find(o.names.begin(), o.names.end(), b.name) != o.names.end();
    if (named && !fits(b))
      stop(engine::kExitUsage,
           fmt::format("{} has {} tasks and this build room for {}; build and run racewalk-wide: "
                       "cmake --preset wide && ninja -C build/wide racewalk",
                       b.name, b.tasks.size(), exec::kMaxTasks));
    if (named || (o.names.empty() && fits(b))) wanted.push_back(&b);
  }
  for (const std::string& name : o.names)
    if (std::find(names.begin(), names.end(), name) == names.end())
      stop(engine::kExitUsage, fmt::format("there is no classic '{}'; {}", name,
                                           program::instead(name, names, "classics")));
  return wanted;
}

// nullopt: auto.
using Strategy = std::optional<unsigned>;

const char* name_of(Strategy s) {
  return s ? schedule::strategies()[*s].name : "auto";
}

std::vector<Strategy> strategies_wanted(const BenchClassicsOptions& o) {
  std::vector<Strategy> wanted;
  for (const std::string& name : o.strategies) wanted.push_back(strategy_named(name));
  if (!wanted.empty()) return wanted;
  for (unsigned s = 0; s < schedule::strategies().size(); ++s) wanted.emplace_back(s);
  wanted.emplace_back(std::nullopt);
  return wanted;
}

// Empty if it was interrupted.
std::optional<Cell> measure(const Benchmark& b, Strategy strategy, const BenchClassicsOptions& o) {
  const program::Program p = program_of(b);
  Cell cell;
  for (unsigned i = 0; i < o.seeds; ++i) {
    const double begin = engine::now();
    const engine::FirstFailure f =
        engine::first_failure(p, strategy, o.seed + i, o.schedules, engine::interrupted);
    if (engine::interrupted()) return std::nullopt;
    const double seconds = engine::now() - begin;
    cell.executions += f.executions;
    cell.seconds += seconds;
    cell.most_seconds = std::max(cell.most_seconds, seconds);
    if (f.kind.empty()) continue;
    const auto expected = [&](const char* kind) { return f.kind == kind; };
    if (std::none_of(b.kinds.begin(), b.kinds.end(), expected))
      stop(kExitOwnBug, fmt::format("{} failed as {}, which is not its bug", b.name, f.kind));
    ++cell.found;
    cell.mean += static_cast<double>(f.executions);
    cell.most = std::max(cell.most, f.executions);
  }
  if (cell.found > 0) cell.mean /= cell.found;
  return cell;
}

// A published figure counts as ours is rounded: to the nearest schedule.
bool at_or_below(const Cell& cell, const Published& best, unsigned seeds) {
  return cell.found == seeds && cell.mean < best.schedules + 0.5;
}

// "35", "35 (18)" if not all seeds found it, "-" if none did.
std::string text_of(double mean, unsigned found, unsigned of) {
  if (found == 0) return "-";
  return found == of ? fmt::format("{:.0f}", mean) : fmt::format("{:.0f} ({})", mean, found);
}

std::string text_of(const Published& best) {
  if (best.tool == nullptr) return "-";
  return fmt::format("{} {}", best.tool, text_of(best.schedules, best.found, best.trials));
}

constexpr unsigned kColumn = 13;

void print_head(const BenchClassicsOptions& o, const std::vector<Strategy>& strategies) {
  fmt::print(
      "mean schedules to the first failure, {} seeds, at most {} schedules each; (n): found "
      "by n seeds\n{:<22}{:>7}{:>18}",
      o.seeds, o.schedules, "program", "tasks", "published");
  for (const Strategy s : strategies) fmt::print("{:>{}}", name_of(s), kColumn);
  fmt::print("{:>9}\n", "seconds");
}

void print_row(const BenchClassicsOptions& o, const ClassicsRow& row) {
  const Benchmark& b = *row.benchmark;
  double seconds = 0;
  fmt::print("{:<22}{:>7}{:>18}", b.name, b.tasks.size(), text_of(b.best));
  for (const Cell& cell : row.cells) {
    fmt::print("{:>{}}", text_of(cell.mean, cell.found, o.seeds), kColumn);
    seconds += cell.seconds;
  }
  fmt::print("{:>9.2f}\n", seconds);
  std::fflush(stdout);
}

// How far one strategy comes over all rows, and how far the best of them in each row.
struct ClassicsColumn {
  unsigned found = 0;    // rows found by all seeds
  unsigned reached = 0;  // rows at or below the published figure, of those that have one
};

std::vector<ClassicsColumn> columns_of(const BenchClassicsOptions& o,
                                       const std::vector<ClassicsRow>& rows, std::size_t count) {
  std::vector<ClassicsColumn> columns(count);
  for (const ClassicsRow& row : rows)
    for (std::size_t s = 0; s < count; ++s) {
      const Published& best = row.benchmark->best;
      columns[s].found += row.cells[s].found == o.seeds ? 1 : 0;
      columns[s].reached +=
          best.tool != nullptr && at_or_below(row.cells[s], best, o.seeds) ? 1 : 0;
    }
  return columns;
}

unsigned published(const std::vector<ClassicsRow>& rows) {
  return static_cast<unsigned>(std::count_if(rows.begin(), rows.end(), [](const ClassicsRow& row) {
    return row.benchmark->best.tool != nullptr;
  }));
}

void print_columns(const std::vector<ClassicsRow>& rows,
                   const std::vector<ClassicsColumn>& columns) {
  const unsigned with_figure = published(rows);
  fmt::print("{:<47}", fmt::format("found by all seeds, of {}", rows.size()));
  for (const ClassicsColumn& c : columns) fmt::print("{:>{}}", c.found, kColumn);
  fmt::print("\n{:<47}", fmt::format("at or below the published figure, of {}", with_figure));
  for (const ClassicsColumn& c : columns) fmt::print("{:>{}}", c.reached, kColumn);
  fmt::print("\n");
}

// What the table leaves out.
unsigned too_wide() {
  const auto all = benchmarks();
  return static_cast<unsigned>(
      std::count_if(all.begin(), all.end(), [](const Benchmark& b) { return !fits(b); }));
}

report::Json json_of(const BenchClassicsOptions& o, const std::vector<ClassicsRow>& rows,
                     const std::vector<Strategy>& strategies,
                     const std::vector<ClassicsColumn>& columns) {
  report::Json json = report::document("bench-classics");
  json["seed"] = o.seed;
  json["seeds"] = o.seeds;
  json["limit_schedules"] = o.schedules;
  json["entries"] = report::Json::array();
  for (const ClassicsRow& row : rows) {
    const Benchmark& b = *row.benchmark;
    report::Json cells = report::Json::array();
    for (std::size_t s = 0; s < row.cells.size(); ++s) {
      const Cell& c = row.cells[s];
      report::Json mean = c.found > 0 ? report::Json(c.mean) : report::Json(nullptr);
      cells.push_back({{"strategy", name_of(strategies[s])},
                       {"found", c.found},
                       {"mean", mean},
                       {"most", c.most},
                       {"executions", c.executions},
                       {"seconds", c.seconds},
                       {"most_seconds", c.most_seconds}});
    }
    report::Json best = nullptr;
    if (b.best.tool != nullptr)
      best = {{"tool", b.best.tool},
              {"mean", b.best.schedules},
              {"found", b.best.found},
              {"trials", b.best.trials}};
    json["entries"].push_back({{"name", b.name},
                               {"tasks", b.tasks.size()},
                               {"memory", b.memory},
                               {"published", best},
                               {"cells", cells}});
  }
  json["with_published"] = published(rows);
  json["strategies"] = report::Json::array();
  for (std::size_t s = 0; s < columns.size(); ++s)
    json["strategies"].push_back({{"name", name_of(strategies[s])},
                                  {"found", columns[s].found},
                                  {"reached", columns[s].reached}});
  return json;
}

int bench(const BenchClassicsOptions& o) {
  const std::vector<const Benchmark*> wanted = benchmarks_wanted(o);
  const std::vector<Strategy> strategies = strategies_wanted(o);
  engine::catch_interrupts();
  if (!o.json) print_head(o, strategies);
  std::vector<ClassicsRow> rows;
  for (const Benchmark* b : wanted) {
    ClassicsRow row{b, {}};
    for (const Strategy strategy : strategies)
      if (const auto cell = measure(*b, strategy, o)) row.cells.push_back(*cell);
    if (engine::interrupted()) break;  // this row is not whole
    if (!o.json) print_row(o, row);
    rows.push_back(std::move(row));
  }
  const std::vector<ClassicsColumn> columns = columns_of(o, rows, strategies.size());
  const int status = rows.size() == wanted.size() ? engine::kExitNothing : engine::kExitInterrupted;
  if (o.json)
    fmt::print("{}", report::print(json_of(o, rows, strategies, columns), status));
  else
    print_columns(rows, columns);
  if (const unsigned n = too_wide(); n > 0 && o.names.empty())
    complain(fmt::format("{} programs have more than {} tasks: racewalk-wide runs them", n,
                         exec::kMaxTasks));
  return status;
}

}  // namespace

void add_bench_classics(CLI::App& bench_app, int* status) {
  CLI::App* c = bench_app.add_subcommand(
      "classics", "schedules to the first failure of the literature's programs, by strategy");
  auto o = std::make_shared<BenchClassicsOptions>();
  c->add_option("NAMES", o->names, "only these: account reorder_4; default: all");
  c->add_option("--strategy", o->strategies,
                "only these, with commas; auto: each schedule by one of all; default: all")
      ->delimiter(',')
      ->allow_extra_args(false);
  c->add_option("--seed", o->seed, "of the first search (default 1)");
  c->add_option("--seeds", o->seeds, "searches of each program and strategy (default 20)")
      ->check(CLI::Range(1, 1000));
  c->add_option("--schedules", o->schedules, "at most so many of each search (default 10000)")
      ->check(above_zero());
  c->add_flag("--json", o->json, "the result as JSON");
  c->callback([o, status] { *status = bench(*o); });
}

}  // namespace rw::cli

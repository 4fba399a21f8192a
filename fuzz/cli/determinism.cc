// racewalk determinism: random inputs run twice, and a digest that must be equal in every process.
#include "fuzz/engine/determinism.h"

#include <fmt/format.h>

#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/report/json.h"

namespace rw::cli {
namespace {

struct DeterminismOptions {
  std::uint64_t runs = 10'000;
  std::uint64_t seed = 1;
  bool each = false;
  bool json = false;
};

int determinism(const DeterminismOptions& o) {
  engine::EachInput each;
  std::uint64_t number = 0;
  if (o.each)
    each = [&number](const program::Program& p, std::uint64_t outcome) {
      fmt::print("{} {:016x} {} {}\n", number++, outcome, p.target->name(),
                 program::design_text(*p.target, p.design));
    };
  const engine::Determinism d = engine::check_determinism(o.runs, o.seed, each);
  if (o.json) {
    report::Json json = report::document("determinism");
    json["runs"] = d.runs;
    json["failed"] = d.failed;
    json["steps"] = d.steps;
    json["digest"] = fmt::format("{:016x}", d.digest);
    json["different"] = d.different;
    fmt::print("{}", report::print(json, d.different == 0 ? engine::kExitNothing : kExitOwnBug));
  } else {
    fmt::print("digest {:016x}\n{} inputs, {} steps, {} runs failed\n", d.digest, d.runs, d.steps,
               d.failed);
  }
  if (d.different == 0) return engine::kExitNothing;
  complain(fmt::format("{} inputs did not run the same way twice; the first is\n{}", d.different,
                       d.first_different));
  return kExitOwnBug;
}

}  // namespace

void add_determinism(CLI::App& app, int* status) {
  CLI::App* c = app.add_subcommand(
      "determinism", "check that inputs run the same way twice; prints a digest of their traces");
  c->group("");
  auto o = std::make_shared<DeterminismOptions>();
  c->add_option("--runs", o->runs, "inputs (default 10000)");
  c->add_option("--seed", o->seed, "of the inputs (default 1)");
  c->add_flag("--each", o->each, "print each input's outcome, to compare two builds line by line");
  c->add_flag("--json", o->json, "as JSON");
  c->callback([o, status] { *status = determinism(*o); });
}

}  // namespace rw::cli

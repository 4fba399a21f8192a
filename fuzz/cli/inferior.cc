// racewalk inferior: the process that a debugger or a recorder looks at: one execution, its trace
// recorded, so that racewalk_event and racewalk_failure (fuzz/exec/debug.h) are called.
#include <fmt/format.h>

#include <memory>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/campaign.h"
#include "fuzz/engine/death.h"
#include "fuzz/engine/on_threads.h"
#include "fuzz/engine/run.h"
#include "fuzz/engine/two_threads.h"
#include "fuzz/report/json.h"
#include "fuzz/verdict/key.h"
#include "fuzz/verdict/last_words.h"

namespace rw::cli {
namespace {

struct InferiorOptions {
  std::string file, target;
  std::uint64_t threads = 0;
  bool two_threads = false;
  bool json = false;
};

// A debugger stops at the signal itself; of a recording its replay prints this.
void tell_of_death() {
  verdict::set_last_words([](int signal) {
    const auto failure = engine::failure_of(engine::classify(signal, "", false));
    return fmt::format("failed with {}: {}\n", verdict::key_of(*failure), failure->message);
  });
}

// On real threads the expected failure comes now and then.
std::optional<exec::Failure> run_on_threads(const program::Program& p, std::uint64_t times) {
  std::optional<exec::Failure> last;
  for (std::uint64_t i = 0; i < times; i++) {
    exec::Result result = engine::run(engine::with_delays(p, i), {.mode = exec::Mode::threads});
    if (!result.failure) continue;
    last = std::move(result.failure);
    if (p.key.empty() || verdict::key_of(*last) == p.key) break;
  }
  return last;
}

int inferior(const InferiorOptions& o) {
  if (o.two_threads) {
    fmt::print("{}\n", engine::two_threads());
    return engine::kExitNothing;
  }
  if (o.file.empty()) stop(engine::kExitUsage, "inferior needs a FILE");
  const program::Program p = program_in(o.file, o.target);
  tell_of_death();
  const std::optional<exec::Failure> failure =
      o.threads != 0 ? run_on_threads(p, o.threads)
                     : std::move(engine::run(p, {.record_trace = true}).failure);
  const int status = failure ? engine::kExitFound : engine::kExitNothing;
  if (o.json) {
    report::Json document = report::document("inferior");
    document["failure"] = failure ? report::to_json(*failure) : report::Json(nullptr);
    fmt::print("{}", report::print(document, status));
  } else if (failure) {
    fmt::print("failed with {}: {}\n", verdict::key_of(*failure), failure->message);
  } else {
    fmt::print("did not fail\n");
  }
  return status;
}

}  // namespace

void add_inferior(CLI::App& app, int* status) {
  CLI::App* c =
      app.add_subcommand("inferior", "what a debugger looks at (used by racewalk itself)");
  c->group("");
  auto o = std::make_shared<InferiorOptions>();
  c->add_option("FILE", o->file, "a .race file");
  c->add_option("--threads", o->threads, "so many runs on real threads, up to the failure");
  c->add_option("--target", o->target, "what a raw input is for");
  c->add_flag("--two-threads", o->two_threads,
              "instead: two threads take turns, to try a recorder");
  c->add_flag("--json", o->json, "the failure as JSON");
  c->callback([o, status] { *status = inferior(*o); });
}

}  // namespace rw::cli

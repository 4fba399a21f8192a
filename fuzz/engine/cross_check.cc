#include "fuzz/engine/cross_check.h"

#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "fuzz/engine/clock.h"
#include "fuzz/engine/determinism.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/prng.h"
#include "fuzz/verdict/sanitizer.h"

namespace rw::engine {
namespace {

// symbolize=0: names take time, and nobody reads them.
constexpr const char* kOptions =
    "halt_on_error=0:suppress_equal_stacks=0:suppress_equal_addresses=0:symbolize=0:"
    "atexit_sleep_ms=0:detect_deadlocks=0:report_bugs=1:exitcode=0";

constexpr int kAttempts = 64;  // a run in which TSan forgets the access in 3 of 4: 1e-8 to be left

std::uint32_t g_reports = 0;  // of data races; one OS thread runs steered executions

void count_report(const verdict::SanitizerReport& report) {
  if (report.which == verdict::Sanitizer::thread && std::strstr(report.what, "race") != nullptr)
    g_reports++;
}

program::Program drawn(Target& target, exec::Memory memory, program::Prng& prng) {
  program::Program p = random_program(target, prng.next());
  p.memory = memory;
  return p;
}

void put_on_record(SharedState* shared, const program::Program& p, const CrossCheck& so_far) {
  if (shared == nullptr) return;
  const std::vector<std::uint8_t> bytes = program::encode(p);
  shared->set_current_input({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  shared->counters().heartbeat.fetch_add(1);
  shared->counters().executions.store(so_far.executions);
  shared->counters().disagreements.store(so_far.only_own + so_far.only_tsan);
}

}  // namespace

bool ready_for_cross_check(char** argv) {
  if (!verdict::built_with(verdict::Sanitizer::thread)) return false;
  const char* options = std::getenv("TSAN_OPTIONS");
  if (options != nullptr && std::strstr(options, kOptions) != nullptr) return true;
  ::setenv("TSAN_OPTIONS", kOptions, 1);
  ::execv("/proc/self/exe", argv);
  return false;
}

CrossCheck cross_check(const CrossCheckOptions& options) {
  CrossCheck check;
  const double began = now();
  program::Prng prng(options.seed);
  const verdict::ReportHook before = verdict::set_report_hook(count_report);
  verdict::discard_report_texts();
  while ((options.max_executions == 0 || check.executions < options.max_executions) &&
         (options.seconds == 0 || now() - began < options.seconds) &&
         !(options.stop && options.stop())) {
    Target& target = *options.targets[check.executions % options.targets.size()];
    const program::Program p = drawn(target, options.memory, prng);
    put_on_record(options.shared, p, check);
    g_reports = 0;
    const std::uint32_t races = run(p, {.races_go_on = true}).races;
    check.executions++;
    for (int i = 1; i < kAttempts && races != 0 && g_reports == 0; i++) {
      // TSan's chance is its position in each fiber's history; another program moves that.
      (void)run(drawn(target, options.memory, prng), {.races_go_on = true});
      g_reports = 0;
      (void)run(p, {.races_go_on = true});
      check.again += g_reports != 0 ? 1 : 0;
    }
    check.own += races != 0 ? 1 : 0;
    check.tsan += g_reports != 0 ? 1 : 0;
    if ((races != 0) == (g_reports != 0)) continue;
    (races != 0 ? check.only_own : check.only_tsan)++;
    if (options.disagreed) options.disagreed({p, races, g_reports});
  }
  verdict::set_report_hook(before);
  return check;
}

}  // namespace rw::engine

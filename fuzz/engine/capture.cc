#include "fuzz/engine/capture.h"

#include <string_view>

#include "fuzz/schedule/thread_order.h"
#include "fuzz/shrink/search.h"
#include "fuzz/verdict/key.h"
#include "fuzz/verdict/kinds.h"

namespace rw::engine {
namespace {

constexpr std::uint64_t kSearchSlice = 64;  // runs between two questions whether to stop

// The decisions that a run of `p` by `order` makes, as a list that fails again.
std::optional<Found> as_list(const program::Program& p, schedule::ThreadOrder& order) {
  exec::Result traced = run(p, {.record_trace = true, .strategy = &order});
  if (!traced.failure) return std::nullopt;
  return confirm(shrink::with_list(p, traced.decisions));
}

bool stopped(const CaptureLimits& limits) {
  return limits.stop && limits.stop();
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

const char* name_of(CapturedBy by) {
  static constexpr const char* kNames[] = {"log", "around_log", "earlier", "search"};
  return kNames[static_cast<unsigned>(by)];
}

std::optional<Captured> capture(const program::Program& p, const exec::ThreadLog& log,
                                const Wanted& wanted, const CaptureLimits& limits) {
  Captured captured;
  std::optional<std::uint64_t> bad_access;  // the first seed that ends with one
  for (std::uint64_t seed = 0; seed <= limits.around && !stopped(limits); ++seed) {
    schedule::ThreadOrder order(log, seed);
    ++captured.runs;
    const exec::Result result = run(p, {.strategy = &order});
    if (!result.failure) continue;
    if (!bad_access && verdict::is_about_an_access(result.failure->kind)) bad_access = seed;
    if (!wanted(*result.failure)) continue;
    std::optional<Found> found = as_list(p, order);
    if (!found || !wanted(found->failure)) continue;
    captured.found = std::move(*found);
    captured.by = seed == 0 ? CapturedBy::log : CapturedBy::around_log;
    return captured;
  }
  if (bad_access) {
    schedule::ThreadOrder order(log, *bad_access);
    if (std::optional<Found> found = as_list(p, order)) {
      captured.found = std::move(*found);
      captured.by = CapturedBy::earlier;
      return captured;
    }
  }
  captured.by = CapturedBy::search;
  for (std::uint64_t done = 0; done < limits.search && !stopped(limits); done += kSearchSlice) {
    std::optional<Found> found = search_schedules(p, kSearchSlice, done + 1, wanted);
    captured.runs += kSearchSlice;
    if (!found || !wanted(found->failure)) continue;
    captured.found = std::move(*found);
    return captured;
  }
  return std::nullopt;
}

Wanted same_key(const std::string& key) {
  return [key](const exec::Failure& failure) { return verdict::key_of(failure) == key; };
}

Wanted same_death(const Death& death) {
  const auto one_of = [](auto... kinds) {
    return [=](const exec::Failure& failure) { return ((failure.kind == kinds) || ...); };
  };
  if (death.what == "data-race") return one_of("data-race");
  if (contains(death.what, "use-after-free") || contains(death.what, "use-after-poison"))
    return one_of("use-after-free");
  // A pointer that leads nowhere: by then something has gone wrong that our detectors call earlier.
  if (death.kind == DeathKind::crash)
    return one_of("use-after-free", "uninitialised-read", "double-free", "crash");
  return {};
}

}  // namespace rw::engine

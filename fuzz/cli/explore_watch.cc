#include "fuzz/cli/explore_watch.h"

#include <fmt/format.h>

#include <cmath>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/clock.h"
#include "fuzz/schedule/exhaustive.h"

namespace rw::cli {
namespace {

constexpr double kLookAt = 2;     // seconds, then the size of the whole is judged
constexpr double kTooMany = 1e8;  // executions
constexpr double kHandy = 1e6;    // executions: what a bound is proposed for
constexpr double kEvery = 10;     // seconds between lines
constexpr unsigned kBounds[] = {4, 3, 2, 1, 0};

double begun(const engine::Exploration& so_far) {
  return static_cast<double>(so_far.executions + so_far.repeated + so_far.impossible);
}

// Two digits of it: "370,000", "4.2e+12".
std::string about(double n) {
  if (n >= 1e7) return fmt::format("{:.1e}", n);
  const double unit = n < 100 ? 1 : std::pow(10, std::floor(std::log10(n)) - 1);
  return with_commas(static_cast<std::uint64_t>(std::round(n / unit) * unit));
}

}  // namespace

ExploreWatch::ExploreWatch(Limits limits, unsigned preemptions,
                           std::function<double(unsigned)> guess)
    : limits_(std::move(limits)),
      preemptions_(preemptions),
      guess_(std::move(guess)),
      began_(engine::now()),
      next_line_(kLookAt),
      next_save_(kEvery) {}

double ExploreWatch::seconds() const {
  return engine::now() - began_;
}

bool ExploreWatch::save_is_due() {
  if (seconds() < next_save_) return false;
  next_save_ = seconds() + kEvery;
  return true;
}

// By random executions; if there are none to go by, or they told too little, by what the search has
// left open on its way.
double ExploreWatch::whole(const engine::Exploration& so_far) {
  if (guessed_ < 0) guessed_ = guess_(preemptions_);
  if (begun(so_far) < guessed_) return guessed_;
  return begun(so_far) / (so_far.share_done > 0 ? so_far.share_done : 1);
}

double ExploreWatch::share_of(const engine::Exploration& so_far) {
  const double all = whole(so_far);
  return all > 0 ? begun(so_far) / all : 0;
}

void ExploreWatch::look_at_size(const engine::Exploration& so_far) {
  largest_ = whole(so_far);
  too_many_ = !limits_.may_be_large && largest_ > kTooMany;
  if (!limits_.bounded) return;
  const double without = guess_(schedule::Exhaustive::kNoBound);
  if (without > 0 && 10 * without < largest_)
    complain(
        fmt::format("without --preemptions there are about {}, by a guess: a bound takes "
                    "every schedule, no bound one of those that order conflicts alike",
                    about(without)));
}

void ExploreWatch::see(const engine::Exploration& so_far) {
  const double now = seconds();
  if (now < next_line_) return;
  next_line_ = now + kEvery;
  complain(fmt::format("{:.0f} s: {} executions and {} repetitions; about {} in all, a guess", now,
                       with_commas(so_far.executions), with_commas(so_far.repeated),
                       about(whole(so_far))));
  if (!looked_) look_at_size(so_far);
  looked_ = true;
}

std::string ExploreWatch::why_too_many() const {
  std::string bound = "bound it with --time SECONDS";
  for (const unsigned preemptions : kBounds) {
    if (preemptions >= preemptions_) continue;
    const double within = guess_(preemptions);
    if (within == 0 || within > kHandy) continue;
    bound = fmt::format("bound it with --preemptions {} (about {}) or --time SECONDS", preemptions,
                        about(within));
    break;
  }
  return fmt::format(
      "about {} executions by a guess: too many. Take ops or tasks out of {}, {}, "
      "or say --force",
      about(largest_), limits_.file, bound);
}

}  // namespace rw::cli

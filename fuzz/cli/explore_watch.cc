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

// What a guess is about: repetitions are not in it.
double begun(const engine::Exploration& so_far) {
  return static_cast<double>(so_far.executions + so_far.impossible);
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

double ExploreWatch::guessed(const engine::Exploration& so_far) {
  const unsigned within = limits_.bounded ? so_far.within : preemptions_;
  if (guessed_ < 0 || guessed_within_ != within) guessed_ = guess_(within);
  guessed_within_ = within;
  return guessed_;
}

std::optional<double> ExploreWatch::share_of(const engine::Exploration& so_far) {
  const double all = guessed(so_far);
  if (begun(so_far) >= all) return std::nullopt;
  return begun(so_far) / all;
}

std::string ExploreWatch::beyond_guess(double guessed, std::uint64_t open) {
  return fmt::format("{}{} {} known to be open, each with one execution or many",
                     guessed > 0 ? fmt::format("more than the {} guessed; ", about(guessed)) : "",
                     with_commas(open), open == 1 ? "branch" : "branches");
}

std::string ExploreWatch::how_far(const engine::Exploration& so_far) {
  if (share_of(so_far)) return fmt::format("about {} in all, a guess", about(guessed(so_far)));
  return beyond_guess(guessed(so_far), so_far.open);
}

// By random executions; if there are none to go by, or they told too little, by what the search has
// left open on its way, which is worse.
void ExploreWatch::look_at_size(const engine::Exploration& so_far) {
  const bool last = !limits_.bounded || so_far.within == preemptions_;
  largest_ = last ? guessed(so_far) : guess_(preemptions_);
  by_branches_ = last && begun(so_far) >= largest_ && so_far.share_done > 0;
  if (by_branches_) largest_ = begun(so_far) / so_far.share_done;
  too_many_ = !limits_.may_be_large && largest_ > kTooMany;
  if (!limits_.bounded || too_many_) return;
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
  const std::string within =
      limits_.bounded ? fmt::format(", within {} of {} preemptions", so_far.within, preemptions_)
                      : "";
  complain(fmt::format("{:.0f} s{}: {} executions and {} repetitions; {}", now, within,
                       with_commas(so_far.executions), with_commas(so_far.repeated),
                       how_far(so_far)));
  if (!looked_) look_at_size(so_far);
  looked_ = true;
}

// What would make fewer of them.
std::string ExploreWatch::other_bound() const {
  const double without = limits_.bounded ? guess_(schedule::Exhaustive::kNoBound) : 0;
  if (without > 0 && without <= kHandy)
    return fmt::format("leave --preemptions out (about {}, one for each order of conflicts)",
                       about(without));
  for (const unsigned preemptions : kBounds) {
    if (preemptions >= preemptions_) continue;
    const double within = guess_(preemptions);
    if (within > 0 && within <= kHandy)
      return fmt::format("bound it with --preemptions {} (about {}) or --time SECONDS", preemptions,
                         about(within));
  }
  return "bound it with --time SECONDS";
}

std::string ExploreWatch::why_too_many() const {
  return fmt::format(
      "about {} executions {}: too many. Take ops or tasks out of {}, {}, "
      "or say --force",
      about(largest_), by_branches_ ? "by the branches left open" : "by a guess", limits_.file,
      other_bound());
}

}  // namespace rw::cli

#include "fuzz/engine/portfolio.h"

#include <algorithm>

#include "fuzz/schedule/strategies.h"
#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

constexpr std::uint32_t kScale = 64;     // a strategy that is as good as the mean: kScale * weight
constexpr std::uint32_t kPeriod = 4096;  // executions from one setting of the weights to the next
constexpr std::uint32_t kMemory = 65'536;  // executions after which all that is known is halved

}  // namespace

Portfolio::Portfolio(std::optional<unsigned> only)
    : adapts_(!only), weights_(schedule::strategies().size()), records_(weights_.size()) {
  RW_CHECK(!only || *only < weights_.size(), "there is no such strategy");
  for (unsigned s = 0; s < weights_.size(); ++s)
    weights_[s] = only ? (s == *only ? 1 : 0) : kScale * schedule::strategies()[s].weight;
}

void Portfolio::saw(const program::Schedule& schedule, unsigned executions, bool fresh,
                    bool found) {
  if (!adapts_ || schedule.form != program::Schedule::Form::generator) return;
  Record& record = records_[schedule.strategy];
  record.executions += executions;
  record.news += (fresh ? 1 : 0) + (found ? kWorthOfAFinding : 0);
  since_ += executions;
  if (since_ >= kPeriod) weigh();
}

std::uint32_t Portfolio::news() const {
  std::uint32_t all = 0;
  for (const Record& r : records_) all += r.news;
  return all;
}

void Portfolio::weigh() {
  since_ = 0;
  Record all;
  for (const Record& r : records_) all.executions += r.executions;
  all.news = news();
  for (unsigned s = 0; s < weights_.size(); ++s) {
    const Record& r = records_[s];
    // news / executions against the mean; one of each is added, so that little is no extreme.
    const std::uint64_t own = (r.news + 1ULL) * (all.executions + 1ULL) * kScale;
    const std::uint64_t mean = (all.news + 1ULL) * (r.executions + 1ULL);
    const std::uint64_t factor = std::clamp<std::uint64_t>(own / mean, kScale / 2, kScale * 2);
    weights_[s] = static_cast<std::uint32_t>(factor) * schedule::strategies()[s].weight;
  }
  if (all.executions < kMemory) return;
  for (Record& r : records_) {
    r.executions /= 2;
    r.news /= 2;
  }
}

}  // namespace rw::engine

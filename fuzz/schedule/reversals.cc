// Reversals: a race of a profiled run is made to go the other way round, as dynamic partial-order
// reduction would (Flanagan, Godefroid, POPL 2005), but without a tree: each schedule departs from
// the opening (opening.h) by holding one step back until the other has been made.
//
// Consecutive seeds go through the departures: first one of each pair of places in the code, at
// which every task is held back; then each pair of steps; both with and without going back at once
// to who was held. The rest take up to three at a time, mostly from a run by priorities as POS has
// them.
// Which races are worth it is races.h's affair. Without a profile it is POS.
#include <algorithm>
#include <bit>

#include "fuzz/exec/prng.h"
#include "fuzz/schedule/make.h"
#include "fuzz/schedule/opening.h"
#include "fuzz/schedule/profile.h"
#include "fuzz/schedule/races.h"

namespace rw::schedule {

namespace {

constexpr unsigned kMost = 3;
constexpr unsigned kReversalPatience = 2000;  // steps made while somebody is held back

bool same(const sync::site& a, const sync::site& b) {
  return std::bit_cast<std::uintptr_t>(a) == std::bit_cast<std::uintptr_t>(b);
}

// Who comes to `first` waits until the task of `second` has got past there.
struct Reversal {
  std::uint32_t location = 0;
  const Profile::Place* first = nullptr;
  const Profile::Place* second = nullptr;
  unsigned n = 0;          // first's task alone, at its n-th step at the location; 0: whoever comes
  unsigned made = 0;       // steps at the location by first's task
  bool goes_back = false;  // afterwards it is the held task's turn
  bool open = false;
  bool reached = false;  // second's step was made; it may still be blocked there

  bool holds(unsigned task, const exec::PendingStep& step) const {
    if (!open || step.location != location) return false;
    if (n == 0) return same(step.where, first->where);
    return task == first->task && made + 1 == n;
  }

  void step_made(unsigned task, const exec::PendingStep& step) {
    if (!open || step.location != location) return;
    if (task == first->task) ++made;
    if (task != second->task || !same(step.where, second->where)) return;
    reached = reached || n == 0 || made + 1 >= n;
  }

  bool is_done(const exec::PendingStep* pending) const {
    if (!open || !reached) return false;
    const exec::PendingStep& next = pending[second->task];
    return !exec::is_wait(next) || next.location != location;
  }
};

class Reversals : public exec::Strategy {
 public:
  explicit Reversals(const Draw& from)
      : number_(static_cast<unsigned>(from.seed % kDepartures)),
        prng_(from.seed),
        opening_seed_(from.seed / kDepartures),
        profile_(from.profile),
        opening_(opening_seed_) {}

  bool asked_always() const override { return true; }

  void begin(unsigned task_count) override {
    opening_.begin();
    for (unsigned t = 0; t < task_count; ++t) priority_[t] = prng_.next();
    by_priority_ = profile_ == nullptr;
    patience_ = kReversalPatience;
    returns_to_ = exec::kMaxTasks;
    reversals_ = {};
    if (profile_ != nullptr) draw(races_of(*profile_));
  }

  unsigned pick(const exec::View& view) override {
    for (Reversal& r : reversals_)
      if (r.is_done(view.pending)) close(r);
    exec::TaskSet may = 0;
    for (unsigned t = 0; t < view.task_count; ++t)
      if (sync::has_task(view.runnable, t) && !held(t, view.pending[t])) may |= sync::task_bit(t);
    if (may != view.runnable && (may == 0 || --patience_ == 0)) {
      for (Reversal& r : reversals_) r.open = false;
      may = view.runnable;
    }
    if (returns_to_ != exec::kMaxTasks && sync::has_task(may, returns_to_))
      may = sync::task_bit(returns_to_);
    returns_to_ = exec::kMaxTasks;
    const unsigned next =
        by_priority_ ? pick_by_pos(view, may, priority_, prng_) : opening_.pick(view, may);
    for (Reversal& r : reversals_) r.step_made(next, view.pending[next]);
    return next;
  }

  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return choices_.choose(prng_, n);
  }

 private:
  void draw(const std::vector<Race>& races) {
    if (races.empty()) return;
    const auto all = static_cast<unsigned>(races.size());
    std::vector<Race> of_places;
    for (const Race& race : races) {
      const auto alike = [&](const Race& r) {
        return same(place(r.first).where, place(race.first).where) &&
               same(place(r.second).where, place(race.second).where);
      };
      if (std::none_of(of_places.begin(), of_places.end(), alike)) of_places.push_back(race);
    }
    const auto few = static_cast<unsigned>(of_places.size());
    const unsigned flip = opening_seed_ & 1U;
    if (number_ < 2 * few)
      return aim(reversals_[0], of_places[number_ % few], false, (number_ / few ^ flip) != 0);
    const unsigned number = number_ - 2 * few;
    if (number < 2 * all)
      return aim(reversals_[0], races[number % all], true, (number / all ^ flip) != 0);
    by_priority_ = prng_.chance(3, 4);
    const unsigned count = 1 + prng_.below(kMost);
    for (unsigned i = 0; i < count; ++i)
      aim(reversals_[i], races[prng_.below(all)], prng_.chance(1, 2), prng_.chance(1, 2));
  }

  const Profile::Place& place(std::uint16_t access) const {
    return profile_->places[profile_->accesses[access].place];
  }

  void aim(Reversal& r, const Race& race, bool one_task, bool goes_back) const {
    r = {};
    r.location = profile_->shared[profile_->accesses[race.first].location].location;
    r.first = &place(race.first);
    r.second = &place(race.second);
    if (one_task || same(r.first->where, r.second->where)) r.n = profile_->accesses[race.first].n;
    r.goes_back = goes_back;
    r.open = true;
  }

  void close(Reversal& r) {
    r.open = false;
    opening_.stop_waiting();
    if (r.goes_back) returns_to_ = r.first->task;
  }

  bool held(unsigned task, const exec::PendingStep& step) const {
    return std::any_of(reversals_.begin(), reversals_.end(),
                       [&](const Reversal& r) { return r.holds(task, step); });
  }

  unsigned number_;
  exec::Prng prng_;
  std::uint64_t opening_seed_;  // departures of one opening share it
  const Profile* profile_;
  Opening opening_;
  MostlyBenign choices_;
  std::array<Reversal, kMost> reversals_{};
  std::array<std::uint64_t, exec::kMaxTasks> priority_{};
  bool by_priority_ = false;
  unsigned patience_ = kReversalPatience;
  unsigned returns_to_ = exec::kMaxTasks;  // whose turn it is next; kMaxTasks: as ever
};

}  // namespace

StrategyPtr make_reversals(const Draw& from) {
  return std::make_unique<Reversals>(from);
}

}  // namespace rw::schedule

// Reads-from goals: some reads are made to take what a chosen write has left, or anything but what
// they took before (after the abstract schedules of RFF: Wolff, Shi, Duck, Mathur, Roychoudhury,
// ASPLOS 2024).
//
// A profile says which steps read and write at the locations that tasks share. A goal names one of
// the reads and a write of another task (or what was there before any), and wants the read to see
// it: the read is held back until that write is made, and other writes from then on until it is
// read. Or it forbids what the read saw in the profile. Between the holds the tasks run by
// priorities, half the time without any change, half the time drawn anew on conflicts as in POS.
// Most bugs are one or two reads that see what they should not; a walk has to meet that by chance.
// RFF keeps a corpus of goals that proved new; here the corpus keeps programs, and a seed draws the
// goals. Goals that hold everybody back are dropped. Without a profile it is POS.
#include <algorithm>
#include <array>

#include "fuzz/exec/prng.h"
#include "fuzz/schedule/make.h"
#include "fuzz/schedule/profile.h"

namespace rw::schedule {

namespace {

constexpr unsigned kFewestGoals = 2;
constexpr unsigned kMostGoals = 4;
constexpr unsigned kPatience = 2000;  // steps made while somebody is held back

// The n-th step of a task at a goal's location; n = 0: what was there before the first write.
struct Event {
  unsigned task = 0;
  unsigned n = 0;
  bool operator==(const Event&) const = default;
};

struct Goal {
  std::uint32_t location = 0;
  Event read;
  Event source;
  bool wanted = true;  // false: the read may see anything but `source`
  bool open = false;   // the read is yet to be made
  std::array<std::uint16_t, exec::kMaxTasks> made{};  // steps at the location, by task
  Event last_write;

  bool holds(unsigned task, const exec::PendingStep& step) const {
    if (!open || step.location != location) return false;
    const bool in_place = last_write == source;
    if (task == read.task) return made[task] + 1U == read.n && in_place != wanted;
    return wanted && in_place && step.writes;
  }

  void step_made(unsigned task, const exec::PendingStep& step) {
    if (!open || step.location != location) return;
    const unsigned n = ++made[task];
    if (task == read.task && n >= read.n) open = false;
    if (step.writes) last_write = {task, n};
  }
};

class ReadsFrom : public exec::Strategy {
 public:
  explicit ReadsFrom(const Draw& from) : prng_(from.seed), profile_(from.profile) {}

  bool asked_always() const override { return true; }

  void begin(unsigned) override {
    steady_ = prng_.chance(1, 2);
    patience_ = kPatience;
    for (auto& p : priority_) p = prng_.next();
    goals_ = {};
    if (profile_ == nullptr || profile_->accesses.empty()) return;
    const unsigned count = prng_.between(kFewestGoals, kMostGoals);
    for (unsigned i = 0; i < count; ++i) draw(goals_[i]);
  }

  unsigned pick(const exec::View& view) override {
    exec::TaskSet may = 0;
    for (unsigned t = 0; t < view.task_count; ++t)
      if ((view.runnable >> t & 1U) != 0 && !held(t, view.pending[t])) may |= sync::task_bit(t);
    if (may != view.runnable && (may == 0 || --patience_ == 0)) {
      for (Goal& goal : goals_) goal.open = false;
      may = view.runnable;
    }
    const unsigned best =
        steady_ ? highest(may, priority_) : pick_by_pos(view, may, priority_, prng_);
    step_made(best, view.pending[best]);
    return best;
  }

  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return choices_.choose(prng_, n);
  }

 private:
  bool held(unsigned task, const exec::PendingStep& step) const {
    return std::any_of(goals_.begin(), goals_.end(),
                       [&](const Goal& goal) { return goal.holds(task, step); });
  }

  void step_made(unsigned task, const exec::PendingStep& step) {
    for (Goal& goal : goals_) {
      const bool was_open = goal.open;
      goal.step_made(task, step);
      if (was_open && !goal.open) priority_[task] = prng_.next();
    }
  }

  // Of a location that tasks share, one of its reads and one of the writes of other tasks there.
  // Half the time a location counts as often as it is accessed.
  void draw(Goal& goal) {
    const auto below = [this](std::size_t n) { return prng_.below(static_cast<std::uint32_t>(n)); };
    const auto location = prng_.chance(1, 2)
                              ? static_cast<std::uint16_t>(below(profile_->shared.size()))
                              : profile_->accesses[below(profile_->accesses.size())].location;
    std::uint32_t reads = 0;
    Event seen;  // by the read that is drawn, in the profile
    Event last;
    for (const Profile::Access& a : profile_->accesses) {
      if (a.location != location) continue;
      if (a.reads && prng_.below(++reads) == 0) {
        goal.read = {a.task, a.n};
        seen = last;
      }
      if (a.writes) last = {a.task, a.n};
    }
    if (reads == 0) return;
    goal.location = profile_->shared[location].location;
    goal.open = true;
    goal.wanted = !prng_.chance(1, 8);
    goal.source = goal.wanted ? any_source(location, goal.read.task) : seen;
  }

  Event any_source(std::uint16_t location, unsigned reader) {
    Event source;
    std::uint32_t sources = 1;
    for (const Profile::Access& a : profile_->accesses)
      if (a.location == location && a.writes && a.task != reader && prng_.below(++sources) == 0)
        source = {a.task, a.n};
    return source;
  }

  exec::Prng prng_;
  MostlyBenign choices_;
  const Profile* profile_;
  std::array<Goal, kMostGoals> goals_{};
  std::array<std::uint64_t, exec::kMaxTasks> priority_{};
  unsigned patience_ = kPatience;
  bool steady_ = false;  // priorities stay until a goal is reached
};

}  // namespace

StrategyPtr make_reads_from(const Draw& from) {
  return std::make_unique<ReadsFrom>(from);
}

}  // namespace rw::schedule

// Contend: POS, but who would touch again what nobody has touched since mostly waits until somebody
// has, or nobody else can go on.
//
// What a task does twice to one location is what others can come between: a check and its use, a
// read and the write that follows from it, a lock and its unlock. Of all orders these are the ones
// that a random walk meets least. How patient the tasks are is drawn for each run; some steps of
// every run are not held back, so that no order is left out for good.
#include <array>

#include "fuzz/exec/prng.h"
#include "fuzz/schedule/make.h"
#include "fuzz/schedule/touched.h"

namespace rw::schedule {

namespace {

constexpr unsigned kParts = 16;
constexpr unsigned kLeastPatience = 4;  // of kParts steps, so many wait if they may
constexpr unsigned kMostPatience = 12;

class Contend : public exec::Strategy {
 public:
  explicit Contend(std::uint64_t seed) : prng_(seed) {}

  bool asked_always() const override { return true; }

  void begin(unsigned task_count) override {
    touched_.begin();
    again_ = 0;
    patience_ = prng_.between(kLeastPatience, kMostPatience);
    for (unsigned t = 0; t < task_count; ++t) comes_to_a_step(t);
  }

  unsigned pick(const exec::View& view) override {
    const unsigned last = view.current;  // whose step alone is a new one
    comes_to_a_step(last);
    set_again(last, touched_.last_was(last, view.pending[last]));
    const exec::TaskSet may = view.runnable & ~(patient_ & again_);
    const unsigned best = highest(may != 0 ? may : view.runnable, priority_);
    for (exec::TaskSet s = who_conflicts(view, best); s != 0; s &= s - 1)
      comes_to_a_step(sync::first_task(s));
    touched_.note(best, view.pending[best]);
    for (exec::TaskSet s = again_; s != 0; s &= s - 1) {
      const unsigned t = sync::first_task(s);
      set_again(t, touched_.last_was(t, view.pending[t]));
    }
    return best;
  }

  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return choices_.choose(prng_, n);
  }

 private:
  // Its step is a new one, or one that has just been raced with.
  void comes_to_a_step(unsigned task) {
    const std::uint64_t drawn = prng_.next();
    priority_[task] = drawn;
    const exec::TaskSet bit = sync::task_bit(task);
    patient_ = drawn % kParts < patience_ ? patient_ | bit : patient_ & ~bit;
  }

  void set_again(unsigned task, bool again) {
    const exec::TaskSet bit = sync::task_bit(task);
    again_ = again ? again_ | bit : again_ & ~bit;
  }

  exec::Prng prng_;
  MostlyBenign choices_;
  Touched touched_;
  std::array<std::uint64_t, exec::kMaxTasks> priority_{};
  exec::TaskSet patient_ = 0;  // who waits for others if it may
  exec::TaskSet again_ = 0;    // who would touch what only it has touched since
  unsigned patience_ = 0;
};

}  // namespace

StrategyPtr make_contend(const Draw& from) {
  return std::make_unique<Contend>(from.seed);
}

}  // namespace rw::schedule

#include "fuzz/schedule/opening.h"

#include "fuzz/schedule/make.h"

namespace rw::schedule {

namespace {

constexpr unsigned kAlways = 4;  // times that a task waits whenever it may

class OpeningStrategy : public exec::Strategy {
 public:
  explicit OpeningStrategy(std::uint64_t seed) : opening_(seed), prng_(seed) {}

  bool asked_always() const override { return true; }
  void begin(unsigned) override { opening_.begin(); }
  unsigned pick(const exec::View& view) override { return opening_.pick(view, view.runnable); }
  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return choices_.choose(prng_, n);
  }

 private:
  Opening opening_;
  exec::Prng prng_;
  MostlyBenign choices_;
};

// The first of `set`, which is not empty, after `task`, and round.
unsigned first_after(unsigned task, exec::TaskSet set) {
  const exec::TaskSet after = set & ~sync::tasks_below(task + 1);
  return sync::first_task(after != 0 ? after : set);
}

}  // namespace

void Opening::begin() {
  touched_.begin();
  waited_ = {};
  decided_ = patient_ = 0;
  waiting_ = true;
}

bool Opening::waits(unsigned task, const exec::PendingStep& step) {
  if (!waiting_ || !touched_.last_was(task, step)) return false;
  if (!sync::has_task(decided_, task)) {
    decided_ |= sync::task_bit(task);
    if (waited_[task]++ < kAlways || prng_.chance(1, 2)) patient_ |= sync::task_bit(task);
  }
  return sync::has_task(patient_, task);
}

unsigned Opening::pick(const exec::View& view, exec::TaskSet may) {
  exec::TaskSet ready = 0;
  for (unsigned t = 0; t < view.task_count; ++t)
    if (sync::has_task(may, t) && !waits(t, view.pending[t])) ready |= sync::task_bit(t);
  unsigned next = view.current;
  if (ready == 0)
    next = first_after(view.current, may);
  else if (!sync::has_task(ready, view.current))
    next = waiting_ ? first_after(view.current, ready) : sync::first_task(ready);
  decided_ &= ~sync::task_bit(next);
  patient_ &= ~sync::task_bit(next);
  touched_.note(next, view.pending[next]);
  return next;
}

std::unique_ptr<exec::Strategy> make_opening(std::uint64_t seed) {
  return std::make_unique<OpeningStrategy>(seed);
}

}  // namespace rw::schedule

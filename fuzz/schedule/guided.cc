// Guided: decisions come from the input's bytes, so that a coverage-guided fuzzer mutates the
// schedule.
//
// A byte is read where a decision can matter: when the running task cannot go on, or is about to
// make a step that conflicts with another task's pending step or touches what another task has
// touched. Byte 0 is benign: go on, or the lowest task that can. When the bytes are used up
// everything is 0.
#include <array>

#include "fuzz/schedule/make.h"

namespace rw::schedule {

namespace {

class Guided : public exec::Strategy {
 public:
  explicit Guided(std::span<const std::uint8_t> stream) : stream_(stream) {}

  void begin(unsigned) override {
    touched_.fill(0);
    next_ = 0;
  }

  unsigned pick(const exec::View& view) override {
    const bool can_go_on = (view.runnable >> view.current & 1U) != 0;
    if (can_go_on && !matters(view)) return remember(view, view.current);
    const std::uint8_t byte = read();
    if (can_go_on && byte == 0) return remember(view, view.current);
    // A preemption goes to another task: byte 1 to the lowest of the others.
    const exec::TaskSet among =
        can_go_on ? view.runnable & ~sync::task_bit(view.current) : view.runnable;
    if (among == 0) return remember(view, view.current);
    const auto n = sync::count_tasks(among);
    return remember(view, nth_task(among, (can_go_on ? byte - 1U : byte) % n));
  }

  unsigned choose(const exec::View&, unsigned, unsigned n, const char*,
                  const sync::site&) override {
    return read() % n;
  }

 private:
  std::uint8_t read() { return next_ < stream_.size() ? stream_[next_++] : 0; }

  // One bit per location, 64 of them: enough to tell the shared from the private.
  static std::uint64_t mark(std::uint32_t location) {
    return location == 0 ? 0 : std::uint64_t{1} << ((location * 0x9e3779b9U) >> 26U);
  }

  bool matters(const exec::View& view) const {
    const exec::PendingStep& mine = view.pending[view.current];
    for (unsigned t = 0; t < view.task_count; ++t) {
      if (t == view.current) continue;
      if (conflict(mine, view.pending[t]) || (touched_[t] & mark(mine.location)) != 0) return true;
    }
    return false;
  }

  unsigned remember(const exec::View& view, unsigned picked) {
    touched_[picked] |= mark(view.pending[picked].location);
    return picked;
  }

  std::span<const std::uint8_t> stream_;
  std::size_t next_ = 0;
  std::array<std::uint64_t, exec::kMaxTasks> touched_{};
};

}  // namespace

StrategyPtr make_guided(const Draw& from) {
  return std::make_unique<Guided>(from.stream);
}

}  // namespace rw::schedule

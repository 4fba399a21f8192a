// The order in which one task's loads run, by the kernel's model, where that is not program order.
//
// A load that takes an older value than what a load before it has met runs before that one ("hb" of
// linux-kernel.cat: what it reads had been overwritten by something that came to this CPU with the
// other's value). That is fine as long as nothing asks for the opposite: an acquire between them, a
// value that came here with what the later one reads and that the first one had not seen, or a
// store behind the first one that, over other tasks, led to what the later one reads. Fences end it
// all. So the accesses since the task's last fence are kept from the first load on that has met
// what the task does not know for certain, with what must come behind each of them; of those of
// other tasks it is known how many come before.
//
// Promises: a load for which may_run_early() holds closes no cycle of hb, nor of pb with it. Leaves
// out: all that program order and the views of weak.h say; who may read a message that is new
// enough. Stronger than the model: only so many accesses are kept (full()), and what came with a
// strong fence does not run before a store of the task that others have seen.
#pragma once

#include <cstdint>
#include <span>

#include "fuzz/memory/clock.h"
#include "fuzz/memory/history.h"

namespace rw::memory::weak {

class LoadOrder {
 public:
  void clear(unsigned task);
  bool empty() const { return count_ == 0; }
  // There may be no room for one more operation's accesses: a fence of the owner's makes it.
  bool full() const { return count_ + 2 > kMost; }

  // A load of `m`, older than what loads before have met, has a place in the order.
  bool has_place(const Word& w, const Message& m) const;
  // The number of the first of the operations that it would run before.
  std::uint32_t runs_before(const Word& w, const Message& m) const;
  // The task has learnt of what another has done in that operation or later.
  bool knows(unsigned other, std::uint32_t number) const { return done_[other] >= number; }
  // Its next operation reads `m`. `meets`: something comes with it that the task does not know, and
  // does not acquire. Returns what runs_before() says, or 0.
  std::uint32_t read(const Word& w, const Message& m, bool acquires, bool meets);
  // What came before that load comes before what is behind the access of that number, too.
  const Clock& last_before() const { return accesses_[count_ - 1].before; }

  // It writes at `time`, or, without a word, gives what it has done to others.
  const Clock& write(std::uint32_t word, Time time);
  // It takes what others have given it.
  void acquire(const Clock& given);
  // What it has done so far comes before all that it will do.
  void fence();
  void unlock() {
    unlocked_ = done_;
    unlocked_[task_] = number_;
  }
  void lock() { join(before_all_, unlocked_); }

  // Calls `change` with each of its clocks.
  template <typename Change>
  void each_clock(const Change& change) {
    change(done_);
    change(before_all_);
    change(unlocked_);
    for (std::uint32_t i = 0; i < count_; ++i) change(accesses_[i].before);
  }
  // The times of a word have changed.
  template <typename New>
  void renew(std::uint32_t word, const New& new_time) {
    for (std::uint32_t i = 0; i < count_; ++i) {
      Access& a = accesses_[i];
      if (a.word == word) a.time = new_time(a.time);
      a.met.renew(word, new_time);
    }
  }

 private:
  using Set = std::uint32_t;  // of accesses
  static constexpr std::uint32_t kMost = 32;

  struct Access {
    std::uint32_t word = 0;
    Time time = 0;
    std::uint32_t number = 0;  // of the task's operations
    Set later = 0;             // what comes behind it
    View met;                  // what came with the message it read
    Clock before{};            // how many operations of each task come before it
  };
  // What comes before a load of `m`, and behind it.
  struct Place {
    Set before, behind;
  };

  Place place_of(const Word& w, const Message& m) const;
  Set with_those_before(Set accesses) const;
  Access& add(Set before, Set behind);

  unsigned task_ = 0;
  std::uint32_t number_ = 0;  // of operations the task has made
  std::uint32_t count_ = 0;
  Set stores_ = 0;
  Set acquires_ = 0;
  Clock done_{};        // what comes before all that the task stores from now on
  Clock before_all_{};  // and before all it does
  Clock unlocked_{};    // all that came before it last let go of a lock
  Access accesses_[kMost];
};

// The orders of all tasks. Task `task` may load `m`, older than what its loads before have met.
bool may_run_early(const LoadOrder (&all)[kMaxTasks], unsigned task, const Word& w,
                   const Message& m);
// It has, and that load has run before its operation `number`: what came before the one comes
// before whatever the other does, and what had to be on all CPUs by then is.
void has_run_early(LoadOrder (&all)[kMaxTasks], std::span<Word> words, unsigned task,
                   std::uint32_t number, const Message& m);

}  // namespace rw::memory::weak

// moved_lock: which lock protects an object can change between looking it up and taking it.
//
//   1  T0 reads that lock 0 protects the counter
//   2  T1 makes it lock 1, under lock 0
//   3  T1 takes lock 1 and updates the counter
//   4  T0 takes lock 0 and updates the counter too
//
// Fix: look again once the lock is held (as page_lock_anon_vma does). Shows as data-race within
// 2,000 executions; shrinks to 2 tasks, 3 ops, 2 switches.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct MovedLock {
  kernel::spinlock_t locks[2];
  sync::atomic<std::uint32_t> which{0};  // the lock of `counter`; changes under that lock
  sync::cell<std::uint32_t> counter{0};
};

MovedLock* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::MovedLock, "moved_lock", locks, which, counter)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<MovedLock>();
  s_planted = planted;
  for (kernel::spinlock_t& lock : s->locks) kernel::spin_lock_init(&lock);
}

// Returns the number of the lock that was taken. `look_again`: it is the right one.
std::uint32_t lock_counter(bool look_again) {
  for (;;) {
    const std::uint32_t which = kernel::smp_load_acquire(&s->which);
    kernel::spin_lock(&s->locks[which]);
    if (!look_again || kernel::smp_load_acquire(&s->which) == which) return which;
    kernel::spin_unlock(&s->locks[which]);
  }
}

const char* update() {
  const std::uint32_t which = lock_counter(!s_planted);
  s->counter.add(1);
  kernel::spin_unlock(&s->locks[which]);
  return nullptr;
}

const char* move() {
  const std::uint32_t which = lock_counter(true);
  // Release, for who takes the new lock next: this section holds the old one only.
  kernel::smp_store_release(&s->which, 1 - which);
  kernel::spin_unlock(&s->locks[which]);
  return nullptr;
}

}  // namespace

constinit const Puzzle moved_lock = {
    .name = "moved_lock",
    .kind = "data-race",
    .what = "an object changes its lock between lookup and locking",
    .fix = "look again once the lock is held",
    .begin = begin,
    .roles = {update, move},
    .finish = nullptr,
    .tasks = 2,
    .budget = 2'000,
    .shrunk = {.tasks = 2, .ops = 3, .switches = 2},
};

}  // namespace rw::puzzles

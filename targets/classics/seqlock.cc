// seqlock: a reader that lets its second look at the sequence number overtake the data.
//
//   1  T1 reads the sequence number: even, nobody writes
//   2  T2 writes: odd, first word, second word, even
//   3  T1 reads the first word as it is now and the second as it was
//   4  T1 looks at the sequence number again, and sees the old one
//
// Shows under weak memory only. Fix: a read barrier before the second look.
// Source: H.-J. Boehm, "Can Seqlocks Get Along With Programming Language Memory Models?", MSPC
// 2012; include/linux/seqlock.h of Linux.
#include "targets/classics/classic.h"
#include "targets/kernel/kernel.h"

namespace rw::classics {
namespace {

struct SeqLock {
  kernel::spinlock_t lock;  // writers
  sync::atomic<std::uint32_t> sequence{0};
  sync::atomic<int> first{0};
  sync::atomic<int> second{0};
};

SeqLock* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::SeqLock, "seqlock", lock, sequence, first, second)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<SeqLock>();
  s_planted = planted;
  kernel::spin_lock_init(&s->lock);
}

const char* write() {
  kernel::spin_lock(&s->lock);
  const std::uint32_t sequence = kernel::READ_ONCE(s->sequence);
  const int value = kernel::READ_ONCE(s->first) + 1;
  kernel::WRITE_ONCE(s->sequence, sequence + 1);
  kernel::smp_wmb();
  kernel::WRITE_ONCE(s->first, value);
  kernel::WRITE_ONCE(s->second, value);
  kernel::smp_wmb();
  kernel::WRITE_ONCE(s->sequence, sequence + 2);
  kernel::spin_unlock(&s->lock);
  return nullptr;
}

const char* read() {
  for (;;) {
    const std::uint32_t sequence = kernel::smp_load_acquire(&s->sequence);
    if (sequence % 2 == 0) {
      const int first = kernel::READ_ONCE(s->first);
      const int second = kernel::READ_ONCE(s->second);
      if (!s_planted) kernel::smp_rmb();
      if (kernel::READ_ONCE(s->sequence) == sequence) {
        require(first == second, "seqlock.second", "the reader has half of a write");
        return nullptr;
      }
    }
    sync::relax();
  }
}

constexpr Program kPrograms[] = {
    {.name = "seqlock", .teams = {{1, 0}, {1, 1}}, .best = {}, .budget = 5'000},
};

}  // namespace

constinit const Classic seqlock = {
    .name = "seqlock",
    .kinds = {"invariant"},
    .what = "a seqlock's reader has no read barrier before its second look at the number",
    .fix = "it has one",
    .source = "Boehm, MSPC 2012",
    .begin = begin,
    .roles = {write, read},
    .finish = nullptr,
    .programs = kPrograms,
    .memory = "lkmm",
};

}  // namespace rw::classics

#include "targets/kernel/bit_spinlock.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct BitLockWorld {
  sync::atomic<std::uint32_t> word;
  sync::cell<int> value{0};
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::BitLockWorld, "bit_lock_world", word, value)

namespace rw::kernel::test {

namespace {

constexpr unsigned kLockBit = 3;

void init(BitLockWorld& w) {
  new (&w.word) sync::atomic<std::uint32_t>(1U);
}

void writer(BitLockWorld& w) {
  bit_spin_lock(kLockBit, &w.word);
  w.value.set(w.value.get() + 1);
  bit_spin_unlock(kLockBit, &w.word);
}

void trier(BitLockWorld& w) {
  while (!bit_spin_trylock(kLockBit, &w.word)) sync::relax();
  w.value.set(w.value.get() + 1);
  bit_spin_unlock(kLockBit, &w.word);
}

// Changes the word of a lock that others hold or wait for, as other users of page->flags do.
void neighbour(BitLockWorld& w) {
  set_bit(0, &w.word);
  clear_bit(0, &w.word);
}

std::string summary(BitLockWorld& w) {
  return std::to_string(w.value.peek()) + " writes, word " + std::to_string(w.word.peek());
}

TEST(BitSpinlock, ExcludesAndLosesNoWakeUpAndLeavesOtherBitsAlone) {
  const Program<BitLockWorld> p{.options = {},
                                .init = init,
                                .bodies = {writer, writer, trier, neighbour},
                                .outcome = summary};
  EXPECT_SILENT(p, "3 writes, word 0");
}

void sleeper(BitLockWorld& w) {
  bit_spin_lock(kLockBit, &w.word);
  might_sleep();
  bit_spin_unlock(kLockBit, &w.word);
}

TEST(BitSpinlock, SleepingUnderItIsCaught) {
  const Program<BitLockWorld> p{
      .options = {}, .init = init, .bodies = {sleeper}, .outcome = summary};
  EXPECT_CAUGHT_ALWAYS(p, "sleep-in-atomic");
}

}  // namespace

}  // namespace rw::kernel::test

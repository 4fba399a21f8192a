#include "targets/kernel/rwlock.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct RwlockWorld {
  rwlock_t lock;
  sync::cell<int> value{0};
  sync::ghost<int> readers;
  sync::ghost<int> most_readers;
  sync::ghost<int> writers;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::RwlockWorld, "rwlock_world", lock, value)

namespace rw::kernel::test {

namespace {

void init(RwlockWorld& w) {
  rwlock_init(&w.lock);
}

void reader(RwlockWorld& w) {
  read_lock(&w.lock);
  const int now = w.readers.add(1);
  if (now > w.most_readers.get()) w.most_readers.set(now);
  if (w.writers.get() != 0) sync::fail("invariant", {"beside"}, "a writer beside a reader");
  (void)w.value.get();
  sync::relax();
  w.readers.add(-1);
  read_unlock(&w.lock);
}

void writer(RwlockWorld& w) {
  write_lock(&w.lock);
  if (w.writers.add(1) != 1) sync::fail("invariant", {"two"}, "two writers");
  w.value.set(w.value.get() + 1);
  sync::relax();
  if (w.readers.get() != 0) sync::fail("invariant", {"beside"}, "a reader beside a writer");
  w.writers.add(-1);
  write_unlock(&w.lock);
}

std::string summary(RwlockWorld& w) {
  return std::to_string(w.value.peek()) + " writes, " + std::to_string(w.most_readers.get()) +
         " readers at once";
}

TEST(Rwlock, WritersExcludeAllAndReadersShare) {
  const Program<RwlockWorld> p{
      .options = {}, .init = init, .bodies = {reader, reader, writer, writer}, .outcome = summary};
  EXPECT_SILENT(p, "2 writes, 1 readers at once", "2 writes, 2 readers at once");
}

TEST(Rwlock, TrylocksGiveUpInsteadOfWaiting) {
  const auto try_both = [](RwlockWorld& w) {
    if (write_trylock(&w.lock)) {
      w.value.set(w.value.get() + 1);
      write_unlock(&w.lock);
    }
    if (read_trylock(&w.lock)) {
      (void)w.value.get();
      read_unlock(&w.lock);
    }
  };
  const Program<RwlockWorld> p{
      .options = {}, .init = init, .bodies = {try_both, try_both}, .outcome = [](RwlockWorld& w) {
        return std::to_string(w.value.peek());
      }};
  EXPECT_SILENT(p, "1", "2");
}

TEST(Rwlock, CanBeWriteLockedWhenNobodyHoldsIt) {
  const auto look = [](RwlockWorld& w) {
    const auto expect_free = [&](bool is_free) {
      if (write_can_lock(&w.lock) != is_free) sync::fail("invariant", {"probe"}, "a wrong answer");
    };
    expect_free(true);
    read_lock(&w.lock);
    expect_free(false);
    read_unlock(&w.lock);
    write_lock(&w.lock);
    expect_free(false);
    write_unlock(&w.lock);
    expect_free(true);
  };
  const Program<RwlockWorld> p{
      .options = {}, .init = init, .bodies = {look}, .outcome = [](RwlockWorld&) {
        return std::string("looked");
      }};
  EXPECT_SILENT(p, "looked");
}

TEST(Rwlock, SleepingWhileReadLockedIsCaught) {
  const auto bad = [](RwlockWorld& w) {
    read_lock(&w.lock);
    might_sleep();
    read_unlock(&w.lock);
  };
  const Program<RwlockWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "sleep-in-atomic");
}

TEST(Rwlock, ReadUnlockOfAWriteLockIsCaught) {
  const auto bad = [](RwlockWorld& w) {
    write_lock(&w.lock);
    read_unlock(&w.lock);
  };
  const Program<RwlockWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "unlock-not-owner");
}

}  // namespace

}  // namespace rw::kernel::test

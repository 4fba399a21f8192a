#include "targets/kernel/seqcount.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct SeqWorld {
  seqlock_t lock;
  sync::atomic<int> a{0};
  sync::atomic<int> b{0};
  sync::ghost<int> read_a;
  sync::ghost<int> read_b;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::SeqWorld, "seq_world", lock, a, b)

namespace rw::kernel::test {

namespace {

lock_class seq_class{"seq_world.lock"};

void init(SeqWorld& w) {
  seqlock_init(&w.lock, seq_class);
}

void writer(SeqWorld& w) {
  write_seqlock(&w.lock);
  WRITE_ONCE(w.a, READ_ONCE(w.a) + 1);
  WRITE_ONCE(w.b, READ_ONCE(w.b) + 1);
  write_sequnlock(&w.lock);
}

void reader(SeqWorld& w) {
  std::uint32_t start;
  int a;
  int b;
  do {
    start = read_seqbegin(&w.lock);
    a = READ_ONCE(w.a);
    b = READ_ONCE(w.b);
  } while (read_seqretry(&w.lock, start));
  w.read_a.set(a);
  w.read_b.set(b);
}

std::string pair(SeqWorld& w) {
  return std::to_string(w.read_a.get()) + std::to_string(w.read_b.get());
}

TEST(Seqcount, ReaderSeesAllOrNothingOfAWriter) {
  const Program<SeqWorld> p{
      .options = {}, .init = init, .bodies = {writer, reader, writer}, .outcome = pair};
  EXPECT_SILENT(p, "00", "11", "22");
}

TEST(Seqcount, WithoutTheRetryAReaderSeesHalf) {
  const auto careless = [](SeqWorld& w) {
    (void)read_seqbegin(&w.lock);
    w.read_a.set(READ_ONCE(w.a));
    w.read_b.set(READ_ONCE(w.b));
  };
  const Program<SeqWorld> p{
      .options = {}, .init = init, .bodies = {writer, careless}, .outcome = pair};
  for (const Granularity g : kBoth) EXPECT_TRUE(explore(p, g).outcomes.contains("01"));
}

TEST(Seqcount, AnOddCountAlwaysAsksForARetry) {
  const auto impatient = [](SeqWorld& w) {
    const std::uint32_t start = raw_read_seqcount(&w.lock.seqcount);
    const int a = READ_ONCE(w.a);
    const int b = READ_ONCE(w.b);
    if (read_seqcount_retry(&w.lock.seqcount, start)) return;
    w.read_a.set(a);
    w.read_b.set(b);
  };
  const Program<SeqWorld> p{
      .options = {}, .init = init, .bodies = {writer, impatient}, .outcome = pair};
  EXPECT_SILENT(p, "00", "11");
}

TEST(Seqcount, SleepingInAWriteSectionIsCaught) {
  const auto bad = [](SeqWorld& w) {
    write_seqcount_begin(&w.lock.seqcount);
    might_sleep();
    write_seqcount_end(&w.lock.seqcount);
  };
  const Program<SeqWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "sleep-in-atomic");
}

TEST(Seqcount, ReaderInsideItsOwnWriteSectionNeverEnds) {
  const auto bad = [](SeqWorld& w) {
    write_seqlock(&w.lock);
    reader(w);
    write_sequnlock(&w.lock);
  };
  const Program<SeqWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  const Seen seen = explore(p, Granularity::coarse, 1);
  EXPECT_TRUE(seen.failures.contains("livelock")) << seen.in_words();
}

}  // namespace

}  // namespace rw::kernel::test

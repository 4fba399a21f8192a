#include "targets/kernel/rwsem.h"

#include <gtest/gtest.h>

#include "targets/kernel/harness_test.h"

namespace rw::kernel::test {

struct RwsemWorld {
  rw_semaphore sem;
  sync::cell<int> value{0};
  sync::ghost<int> readers;
  sync::ghost<int> most_readers;
  sync::ghost<int> writers;
  sync::atomic<std::uint32_t> stage{0};
  sync::ghost<int> order;
};

// Freed by whoever has had the lock last.
struct RwsemObject {
  rw_semaphore sem;
  sync::atomic<int> refs;
};

}  // namespace rw::kernel::test

RW_TYPE_NAMED(rw::kernel::test::RwsemWorld, "rwsem_world", sem, value, stage)
RW_TYPE_NAMED(rw::kernel::test::RwsemObject, "rwsem_object", sem, refs)

namespace rw::kernel::test {

namespace {

void init(RwsemWorld& w) {
  init_rwsem(&w.sem);
}

void check(bool holds, const char* what) {
  if (!holds) sync::fail("invariant", {what}, what);
}

void read_section(RwsemWorld& w) {
  const int now = w.readers.add(1);
  if (now > w.most_readers.get()) w.most_readers.set(now);
  check(w.writers.get() == 0, "a writer beside a reader");
  (void)w.value.get();
  sync::relax();
  check(w.writers.get() == 0, "a writer beside a reader");
  w.readers.add(-1);
}

void write_section(RwsemWorld& w) {
  check(w.writers.add(1) == 1, "two writers");
  check(w.readers.get() == 0, "a reader beside a writer");
  w.value.set(w.value.get() + 1);
  check(w.readers.get() == 0, "a reader beside a writer");
  w.writers.add(-1);
}

void reader(RwsemWorld& w) {
  down_read(&w.sem);
  read_section(w);
  up_read(&w.sem);
}

void writer(RwsemWorld& w) {
  down_write(&w.sem);
  write_section(w);
  up_write(&w.sem);
}

std::string summary(RwsemWorld& w) {
  return std::to_string(w.value.peek()) + " writes, " + std::to_string(w.most_readers.get()) +
         " readers at once";
}

TEST(Rwsem, WritersExcludeAllAndReadersShare) {
  const Program<RwsemWorld> p{
      .options = {}, .init = init, .bodies = {reader, reader, writer, writer}, .outcome = summary};
  EXPECT_SILENT(p, "2 writes, 1 readers at once", "2 writes, 2 readers at once");
}

TEST(Rwsem, TrylocksGiveUpInsteadOfWaiting) {
  const auto try_write = [](RwsemWorld& w) {
    if (!down_write_trylock(&w.sem)) return;
    write_section(w);
    up_write(&w.sem);
  };
  const auto try_read = [](RwsemWorld& w) {
    if (!down_read_trylock(&w.sem)) return;
    read_section(w);
    up_read(&w.sem);
  };
  const Program<RwsemWorld> p{
      .options = {}, .init = init, .bodies = {try_read, try_write}, .outcome = summary};
  EXPECT_SILENT(p, "0 writes, 1 readers at once", "1 writes, 1 readers at once",
                "1 writes, 0 readers at once");
}

// T0 reads; T1 waits to write; T2 comes to read only once T1 waits, so it may not come before T1.
TEST(Rwsem, WaitingWriterBlocksNewReaders) {
  const auto first = [](RwsemWorld& w) {
    down_read(&w.sem);
    WRITE_ONCE(w.stage, 1);
    sync::notify(w.stage.address(), sync::kAll);
    while (!rwsem_is_contended(&w.sem)) sync::relax();
    WRITE_ONCE(w.stage, 2);
    sync::notify(w.stage.address(), sync::kAll);
    sync::relax();
    up_read(&w.sem);
  };
  const auto second = [](RwsemWorld& w) {
    while (READ_ONCE(w.stage) < 1) sync::wait(w.stage, 0U);
    down_write(&w.sem);
    check(w.order.add(1) == 1, "the new reader overtook the waiting writer");
    up_write(&w.sem);
  };
  const auto third = [](RwsemWorld& w) {
    for (std::uint32_t s = READ_ONCE(w.stage); s < 2; s = READ_ONCE(w.stage))
      sync::wait(w.stage, s);
    check(!down_read_trylock(&w.sem) || w.order.get() == 1, "trylock overtook the writer");
    if (w.order.get() == 1 && lockdep_is_held(&w.sem)) return up_read(&w.sem);
    down_read(&w.sem);
    w.order.add(1);
    up_read(&w.sem);
  };
  const Program<RwsemWorld> p{
      .options = {}, .init = init, .bodies = {first, second, third}, .outcome = {}};
  EXPECT_SILENT(p, "");
}

TEST(Rwsem, DowngradeLetsReadersInButNoWriter) {
  const auto downgrading = [](RwsemWorld& w) {
    down_write(&w.sem);
    write_section(w);
    const int mine = w.value.get();
    downgrade_write(&w.sem);
    read_section(w);
    check(w.value.get() == mine, "a writer came in between");
    up_read(&w.sem);
  };
  const Program<RwsemWorld> p{
      .options = {}, .init = init, .bodies = {downgrading, reader, writer}, .outcome = summary};
  EXPECT_SILENT(p, "2 writes, 1 readers at once", "2 writes, 2 readers at once");
}

TEST(Rwsem, ReleasedToAReaderAndAWriterEitherMayBeNext) {
  const auto note = [](RwsemWorld& w, int who) { w.order.set(w.order.get() * 10 + who); };
  const auto hold = [](RwsemWorld& w) {
    down_write(&w.sem);
    sync::relax();
    up_write(&w.sem);
  };
  const auto read = [note](RwsemWorld& w) {
    down_read(&w.sem);
    note(w, 1);
    up_read(&w.sem);
  };
  const auto write = [note](RwsemWorld& w) {
    down_write(&w.sem);
    note(w, 2);
    up_write(&w.sem);
  };
  const Program<RwsemWorld> p{
      .options = {}, .init = init, .bodies = {hold, read, write}, .outcome = [](RwsemWorld& w) {
        return std::to_string(w.order.get());
      }};
  EXPECT_SILENT(p, "12", "21");
}

TEST(Rwsem, WritingUnderAReadLockIsARace) {
  const auto bad = [](RwsemWorld& w) {
    down_read(&w.sem);
    w.value.set(1);
    up_read(&w.sem);
  };
  const Program<RwsemWorld> p{.options = {}, .init = init, .bodies = {bad, bad}, .outcome = {}};
  EXPECT_CAUGHT(p, "data-race");
}

TEST(Rwsem, UnlockOfTheWrongKindIsCaught) {
  const auto bad = [](RwsemWorld& w) {
    down_read(&w.sem);
    up_write(&w.sem);
  };
  const Program<RwsemWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "unlock-not-owner");
}

TEST(Rwsem, TakenInAtomicContextIsCaughtWithoutContention) {
  const auto bad = [](RwsemWorld& w) {
    preempt_disable();
    down_read(&w.sem);
    up_read(&w.sem);
    preempt_enable();
  };
  const Program<RwsemWorld> p{.options = {}, .init = init, .bodies = {bad}, .outcome = {}};
  EXPECT_CAUGHT_ALWAYS(p, "sleep-in-atomic");
}

kmem_cache* g_cache;
RwsemObject* g_object;

// Both tasks hold a reference only until they have had the lock: the one who drops the last frees
// it, while the other one's up_write may still be in the semaphore.
TEST(Rwsem, FreeingItAfterHavingHeldItIsUseAfterFree) {
  const auto put_inside = [](RwsemWorld&) {
    down_write(&g_object->sem);
    const bool last = atomic_dec_and_test(&g_object->refs);
    up_write(&g_object->sem);
    if (last) kmem_cache_free(g_cache, g_object);
  };
  const Program<RwsemWorld> p{.options = {},
                              .init =
                                  [](RwsemWorld&) {
                                    g_cache = kmem_cache_create<RwsemObject>();
                                    g_object = kmem_cache_alloc<RwsemObject>(g_cache);
                                    init_rwsem(&g_object->sem);
                                    atomic_set(&g_object->refs, 2);
                                  },
                              .bodies = {put_inside, put_inside},
                              .outcome = {}};
  EXPECT_CAUGHT(p, "use-after-free");
}

TEST(Rwsem, FreeingItAfterAReferenceDroppedOutsideIsRight) {
  const auto put_outside = [](RwsemWorld&) {
    down_write(&g_object->sem);
    up_write(&g_object->sem);
    if (atomic_dec_and_test(&g_object->refs)) kmem_cache_free(g_cache, g_object);
  };
  const Program<RwsemWorld> p{.options = {},
                              .init =
                                  [](RwsemWorld&) {
                                    g_cache = kmem_cache_create<RwsemObject>();
                                    g_object = kmem_cache_alloc<RwsemObject>(g_cache);
                                    init_rwsem(&g_object->sem);
                                    atomic_set(&g_object->refs, 3);
                                  },
                              .bodies = {put_outside, put_outside, put_outside},
                              .outcome = {}};
  EXPECT_SILENT(p, "");
}

}  // namespace

}  // namespace rw::kernel::test

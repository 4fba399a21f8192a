#include "fuzz/verdict/key.h"

#include <gtest/gtest.h>

namespace rw::verdict {
namespace {

exec::Failure failure(std::string kind, std::vector<std::string> parts, bool symmetric = false) {
  exec::Failure f;
  f.kind = std::move(kind);
  f.parts = std::move(parts);
  f.symmetric = symmetric;
  return f;
}

TEST(Fnv1a, HasThePublishedValues) {
  EXPECT_EQ(fnv1a(""), 0xcbf29ce484222325ULL);
  EXPECT_EQ(fnv1a("a"), 0xaf63dc4c8601ec8cULL);
  EXPECT_EQ(fnv1a("foobar"), 0x85944171f73967e8ULL);
}

// These never change under k1: saved files and other people's issue trackers carry them.
TEST(Key, TestVectors) {
  EXPECT_EQ(key_of(failure("deadlock", {})), "k1-deadlock-b8a7b7d0");
  EXPECT_EQ(key_of(failure("invariant", {"page_count"})), "k1-invariant-fbce8976");
  EXPECT_EQ(
      key_of(failure("data-race", {"expand_downwards", "anon_vma_clone", "vma.anon_vma"}, true)),
      "k1-data-race-c1c698f5");
}

TEST(Key, SymmetricPartsMayComeInAnyOrder) {
  EXPECT_EQ(key_of(failure("data-race", {"a", "b", "x.y"}, true)),
            key_of(failure("data-race", {"x.y", "b", "a"}, true)));
  EXPECT_NE(key_of(failure("use-after-free", {"free_it", "use_it"})),
            key_of(failure("use-after-free", {"use_it", "free_it"})));
}

TEST(Key, ATaskMoreThatWaitsInTheSamePlaceMakesNoNewDeadlock) {
  EXPECT_EQ(key_of(failure("deadlock", {"lock a", "lock b"}, true)),
            key_of(failure("deadlock", {"lock a", "lock b", "lock a"}, true)));
  EXPECT_NE(key_of(failure("double-free", {"a"})), key_of(failure("double-free", {"a", "a"})));
}

TEST(Key, PartsDoNotRunTogether) {
  EXPECT_NE(key_of(failure("invariant", {"ab", "c"})), key_of(failure("invariant", {"a", "bc"})));
  EXPECT_NE(key_of(failure("invariant", {"a", ""})), key_of(failure("invariant", {"a"})));
}

TEST(Key, LeavesOutWhatDiffersFromRunToRun) {
  exec::Failure a = failure("use-after-free", {"anon_vma#3.root", "rw::mm::put_anon_vma(int)"});
  exec::Failure b = failure("use-after-free", {"anon_vma#17.root", "put_anon_vma"});
  a.task = 1;
  a.step = 40;
  a.where.line = 7;
  a.message = "anon_vma#3 was freed by T1";
  EXPECT_EQ(key_of(a), key_of(b));
}

TEST(Normalise, KeepsNamesAlone) {
  EXPECT_EQ(normalise("vma.anon_vma"), "vma.anon_vma");
  EXPECT_EQ(normalise("anon_vma#3.root"), "anon_vma.root");
  EXPECT_EQ(normalise("slot[2]"), "slot[]");
  EXPECT_EQ(normalise("pte2_clear"), "pte2_clear");
  EXPECT_EQ(normalise("object at 0x7e8000000040"), "object at");
  EXPECT_EQ(normalise("count 3 of 4"), "count of");
  EXPECT_EQ(normalise(""), "");
}

TEST(Normalise, TakesTheFunctionOutOfASignature) {
  EXPECT_EQ(normalise("rw::v1::mm::zap<int>(vma *)"), "zap");
  EXPECT_EQ(normalise("void rw::mm::zap_pte_range(mm_struct &, int) const"), "zap_pte_range");
  EXPECT_EQ(normalise("(anonymous namespace)::unlink"), "unlink");
  EXPECT_EQ(normalise("T *rw::take(T *) [T = int]"), "take");
  EXPECT_EQ(normalise("std::map<int, std::vector<int>>::at"), "at");
  EXPECT_EQ(normalise("auto f()::(lambda)::operator()(int) const"), "operator()");
  EXPECT_EQ(normalise("bool rw::operator<(const A &, const A &)"), "operator<");
}

TEST(Normalise, LeavesPhrasesAndArrowsAlone) {
  EXPECT_EQ(normalise("mm.mmap_sem -> page.lock"), "mm.mmap_sem -> page.lock");
  EXPECT_EQ(normalise("operators_lock"), "operators_lock");
}

TEST(Key, FormIsRecognised) {
  const std::string key = key_of(failure("use-after-free", {"a"}));
  EXPECT_TRUE(is_key(key));
  EXPECT_EQ(kind_of_key(key), "use-after-free");
  for (const char* bad : {"", "k1", "k1-", "k1-deadlock", "k1-deadlock-0123456", "k2-a-01234567",
                          "k1-deadlock-0123456G", "k1--01234567", "k1-Dead-01234567"})
    EXPECT_FALSE(is_key(bad)) << bad;
}

TEST(Title, ReadsLikeAKernelReport) {
  EXPECT_EQ(
      title_of(failure("data-race", {"vma.anon_vma", "expand_downwards", "anon_vma_clone"}, true)),
      "data-race: anon_vma_clone / expand_downwards on vma.anon_vma");
  EXPECT_EQ(title_of(failure("use-after-free", {"anon_vma", "put_anon_vma", "unlock_anon_vma"})),
            "use-after-free: put_anon_vma / unlock_anon_vma on anon_vma");
  EXPECT_EQ(title_of(failure("leak", {"anon_vma.refcount"})), "leak: anon_vma.refcount");
  EXPECT_EQ(title_of(failure("livelock", {})), "livelock");
}

}  // namespace
}  // namespace rw::verdict

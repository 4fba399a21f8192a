// Oracles on states that no stored program comes to: each is made by hand when the program is over.
#include "targets/mm/harness_test.h"
#include "targets/mm/page.h"

namespace rw::mm::test {

namespace {

// Runs a program and changes what it has left, before its final checks.
class ChangedAtTheEnd : public program::ProgramWorkload {
 public:
  ChangedAtTheEnd(const program::Program& p, std::function<void()> change)
      : ProgramWorkload(p), change_(std::move(change)) {}
  void finish() override {
    change_();
    ProgramWorkload::finish();
  }

 private:
  std::function<void()> change_;
};

std::string failure_after(const std::string& ops, std::function<void()> change) {
  const program::Program p = program_of("default", "T0:\n" + ops + "schedule:\n  T0 until end\n");
  ChangedAtTheEnd workload(p, std::move(change));
  schedule::Replay strategy(p.schedule.decisions);
  return describe(exec::run(workload, {}, &strategy));
}

// The mapped anonymous page of the smallest number.
page* some_anon_page() {
  for (unsigned pfn = 0; pfn < kFrames; ++pfn) {
    page* p = pfn_to_page(pfn);
    if (!page_is_free(p) && mapping_is_anon(p->mapping.peek()) && p->mapcount.peek() >= 0) return p;
  }
  ADD_FAILURE() << "no page is mapped";
  return nullptr;
}

TEST(OracleAtQuiescence, IsSilentOnWhatAProgramLeaves) {
  EXPECT_EQ(failure_after("  cpu_write mm0 0x3\n", [] { EXPECT_NE(some_anon_page(), nullptr); }),
            "nothing");
}

// A wrong design may lose the anon_vma of a page that stays mapped (63-merge-drops-the-chain).
TEST(OracleAtQuiescence, FindsAPageWithoutAnAnonVma) {
  const std::string failure = failure_after("  cpu_write mm0 0x3\n", [] {
    some_anon_page()->mapping.store(PAGE_MAPPING_ANON, sync::order::relaxed);
  });
  EXPECT_TRUE(failure.starts_with("rmap-incomplete: ")) << failure;
}

}  // namespace

}  // namespace rw::mm::test

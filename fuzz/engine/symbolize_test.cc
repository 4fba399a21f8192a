// Stacks of children that really die, named by the symbolizer of this machine.
#include "fuzz/engine/symbolize.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "fuzz/engine/dying.h"
#include "fuzz/engine/other_programs.h"
#include "fuzz/verdict/last_words.h"
#include "fuzz/verdict/sanitizer.h"

namespace rw::engine {
namespace {

int* volatile g_nowhere = nullptr;

[[gnu::always_inline]] inline void inlined() {
  *g_nowhere = 1;  // line 22
}
[[gnu::noinline]] void falls() {
  inlined();
  ::write(-1, "", 0);  // no tail call
}
[[gnu::noinline]] void aborts() {
  std::abort();
}

// What a child writes that dies of `dies`.
std::string report_of(void (*dies)()) {
  const int output = ::memfd_create("test", MFD_CLOEXEC);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(output, STDERR_FILENO);
    verdict::set_stack_as_last_words();
    dies();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status));
  std::string report = report_in(output);
  ::close(output);
  return report;
}

struct Symbolized : testing::Test {
  void SetUp() override {
    if (verdict::built_with(verdict::Sanitizer::address) ||
        verdict::built_with(verdict::Sanitizer::thread))
      GTEST_SKIP() << "the sanitizer reports signals itself";
  }
};

TEST_F(Symbolized, TheFailingLineIsNamedAndWhatItIsInlinedInto) {
  const std::string raw = report_of(falls);
  // Without either tool nothing is lost.
  const char* set = std::getenv("PATH");
  const std::string path = set == nullptr ? "" : set;
  ::setenv("PATH", "/nowhere", 1);
  EXPECT_EQ(symbolized(raw), raw);
  ::setenv("PATH", path.c_str(), 1);
  if (find_program({"llvm-symbolizer-19", "llvm-symbolizer", "addr2line"}).empty())
    GTEST_SKIP() << "no llvm-symbolizer and no addr2line";
  const std::string report = symbolized(raw);
  const std::size_t first = report.find("    #0 0x");
  const std::size_t inner = report.find("inlined() ", first);
  const std::size_t outer = report.find("falls() ", first);
  ASSERT_NE(outer, std::string::npos) << report;
  EXPECT_LT(first, inner);
  EXPECT_LT(inner, report.find("    #1 0x")) << report;
  EXPECT_LT(report.find("symbolize_test.cc:22"), report.find("    #1 0x")) << report;
  EXPECT_LT(report.find("    #1 0x"), outer) << report;
}

TEST_F(Symbolized, OfAnAbortTheCallerIsTheFirstFrame) {
  if (find_program({"llvm-symbolizer-19", "llvm-symbolizer", "addr2line"}).empty())
    GTEST_SKIP() << "no llvm-symbolizer and no addr2line";
  const std::string report = symbolized(report_of(aborts));
  const std::size_t first = report.find("    #0 0x");
  EXPECT_NE(report.substr(first, report.find('\n', first) - first).find("aborts() "),
            std::string::npos)
      << report;
}

TEST_F(Symbolized, OtherTextAndFramesOfProgramsThatAreNotThereStay) {
  for (const std::string text :
       {"", "some words\n", "    #0 0x2a (/nowhere/program+0x2a)\nafter\n"})
    EXPECT_EQ(symbolized(text), text);
}

}  // namespace
}  // namespace rw::engine

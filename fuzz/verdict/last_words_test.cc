#include "fuzz/verdict/last_words.h"

#include <gtest/gtest.h>

#include <csignal>

#include "fuzz/verdict/sanitizer.h"

namespace rw::verdict {
namespace {

std::string number(int signal) {
  return "signal " + std::to_string(signal) + "\n";
}

struct LastWordsDeathTest : testing::Test {
  void SetUp() override {
    if (built_with(Sanitizer::address) || built_with(Sanitizer::thread))
      GTEST_SKIP() << "the sanitizer reports signals itself";
  }
};

TEST_F(LastWordsDeathTest, AreSaidBeforeTheSignalEndsTheProcess) {
  const auto die = [](int signal) {
    set_last_words(number);
    ::raise(signal);
  };
  EXPECT_EXIT(die(SIGSEGV), testing::KilledBySignal(SIGSEGV), "signal 11");
  EXPECT_EXIT(die(SIGABRT), testing::KilledBySignal(SIGABRT), "signal 6");
}

TEST_F(LastWordsDeathTest, AnExitStatusTakesThePlaceOfTheSignal) {
  const auto die = [] {
    set_last_words(number, 7);
    ::raise(SIGFPE);
  };
  EXPECT_EXIT(die(), testing::ExitedWithCode(7), "signal 8");
}

TEST_F(LastWordsDeathTest, AreTheStackIfThatIsWanted) {
  const auto die = [] {
    set_stack_as_last_words();
    ::raise(SIGSEGV);  // the first frame is one of the C library, and is left out
  };
  EXPECT_EXIT(die(), testing::KilledBySignal(SIGSEGV),
              "Segmentation fault at\n    #0 0x[0-9a-f]+ \\(/.*test\\+0x[0-9a-f]+\\)\n    #1 0x");
}

int down(int depth) {
  volatile char page[4096];
  page[0] = static_cast<char>(depth);
  return depth == 0 ? 0 : down(depth - 1) + page[0];
}

TEST_F(LastWordsDeathTest, AStackThatIsUsedUpDoesNotKeepThemBack) {
  const auto die = [](bool stack) {
    if (stack)
      set_stack_as_last_words();
    else
      set_last_words(number);
    (void)down(1 << 20);
  };
  EXPECT_EXIT(die(false), testing::KilledBySignal(SIGSEGV), "signal 11");
  EXPECT_EXIT(die(true), testing::KilledBySignal(SIGSEGV), "    #0 0x[^#]*    #1 0x");
}

}  // namespace
}  // namespace rw::verdict

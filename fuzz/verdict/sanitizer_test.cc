#include "fuzz/verdict/sanitizer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

extern "C" const char* __tsan_default_options();
extern "C" const char* __asan_default_options();
extern "C" const char* __ubsan_default_options();
extern "C" void __tsan_on_report(void*);
// TSan's entry points, for two fibers that race without an instrumented line of ours.
extern "C" [[gnu::weak]] void __tsan_write4(void*);
extern "C" [[gnu::weak]] void* __tsan_get_current_fiber();
extern "C" [[gnu::weak]] void* __tsan_create_fiber(unsigned);
extern "C" [[gnu::weak]] void __tsan_switch_to_fiber(void*, unsigned);

namespace rw::verdict {
namespace {

void say(const char* text) {
  if (write(STDERR_FILENO, text, std::strlen(text)) < 0) std::abort();
}

// Says what the hook was told and ends the process, so that a death test can look at it.
void tell(const SanitizerReport& report) {
  say("hook: ");
  say(name_of(report.which));
  say(" ");
  say(report.what);
  say("\n");
  _exit(3);
}

TEST(SanitizerHooks, OptionsThatLibFuzzerNeedsAreCompiledIn) {
  const std::string thread = __tsan_default_options();
  EXPECT_NE(thread.find("halt_on_error=1"), std::string::npos);
  EXPECT_EQ(thread.find("abort_on_error"), std::string::npos) << "hangs under libFuzzer";
  EXPECT_EQ(std::string(__asan_default_options()), kAddressOptions);
  EXPECT_EQ(std::string(__ubsan_default_options()), kUndefinedOptions);
}

TEST(SanitizerHooks, SetReturnsTheOneBefore) {
  EXPECT_EQ(set_report_hook(tell), nullptr);
  EXPECT_EQ(set_report_hook(nullptr), tell);
}

TEST(SanitizerHooksDeathTest, AddressErrorIsTold) {
  if (!built_with(Sanitizer::address)) GTEST_SKIP() << "needs the asan build";
  EXPECT_EXIT(
      {
        set_report_hook(tell);
        volatile int* p = new int[2];
        delete[] p;
        p[1] = 4;  // NOLINT(clang-analyzer-cplusplus.NewDelete)
      },
      testing::ExitedWithCode(3), "hook: AddressSanitizer heap-use-after-free");
}

TEST(SanitizerHooksDeathTest, UndefinedBehaviourIsTold) {
  if (!built_with(Sanitizer::undefined)) GTEST_SKIP() << "needs the asan build";
  EXPECT_EXIT(
      {
        set_report_hook(tell);
        volatile int large = 0x7fffffff;
        large = large + 1;
      },
      testing::ExitedWithCode(3), "hook: UndefinedBehaviorSanitizer signed-integer-overflow");
}

TEST(SanitizerHooksDeathTest, ThreadErrorIsTold) {
  if (!built_with(Sanitizer::thread)) GTEST_SKIP() << "needs the tsan build";
  EXPECT_EXIT(
      {
        set_report_hook(tell);
        static int shared;
        constexpr unsigned kNoSync = 1;
        void* self = __tsan_get_current_fiber();
        void* other = __tsan_create_fiber(0);
        __tsan_switch_to_fiber(other, kNoSync);
        __tsan_write4(&shared);
        __tsan_switch_to_fiber(self, kNoSync);
        __tsan_write4(&shared);
      },
      testing::ExitedWithCode(3), "hook: ThreadSanitizer data-race");
}

}  // namespace
}  // namespace rw::verdict

// RW_CHECK: an invariant of racewalk itself, on in every build.
//
// Promises: a broken invariant stops the process with exit status 70 and says where and why.
// Leaves out: what oracles find in the code under test (fail.h).
#pragma once

#include <source_location>

namespace rw {

// Exit status 70 ("internal software error" of sysexits.h): our own bug.
inline constexpr int kExitOwnBug = 70;

[[noreturn]] void check_failed(const char* condition, const char* why, std::source_location where);

}  // namespace rw

#define RW_CHECK(condition, why)                                            \
  do {                                                                      \
    if (!(condition)) [[unlikely]]                                          \
      ::rw::check_failed(#condition, why, std::source_location::current()); \
  } while (false)

// Quiet: a part of the engine that works on heap memory while a task's fiber is TSan's current one.
//
// The engine is not instrumented, but its allocations and memory copies pass TSan's interceptors,
// which would take what T0's fiber and T1's fiber write into one trace for a race of the code
// under test. While a Quiet lives TSan looks away. No fiber switch may happen meanwhile.
#pragma once

#if defined(RACEWALK_TSAN)
extern "C" void __tsan_ignore_thread_begin();
extern "C" void __tsan_ignore_thread_end();
#endif

namespace rw::exec {

class Quiet {
 public:
#if defined(RACEWALK_TSAN)
  Quiet() { __tsan_ignore_thread_begin(); }
  ~Quiet() { __tsan_ignore_thread_end(); }
#else
  Quiet() = default;
  ~Quiet() {}  // not trivial: a guard that only lives is not an unused variable
#endif
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;
};

}  // namespace rw::exec

// Fibers: tasks of a steered execution, all on one OS thread.
//
// Stacks lie in the arena and are kept from one execution to the next; a switch is one
// fcontext jump (Boost.Context) plus what the sanitizers must be told (facts measured: about 5 ns
// plain, 11 under TSan, 24 under ASan).
//
// Promises: TSan learns no happens-before from a switch; between executions everything that any
// fiber did happens before everything that any fiber does next (the gates).
// Leaves out: who runs next (executor).
#pragma once

#include <boost/context/detail/fcontext.hpp>

#include <cstddef>

namespace rw::exec {

struct Fiber {
  boost::context::detail::fcontext_t context = nullptr;
  void* stack_low = nullptr;
  std::size_t stack_bytes = 0;
  void* fake_stack = nullptr;  // ASan's, while switched away
  void* tsan = nullptr;        // TSan's fiber
  const char* name = "";
};

// The OS thread's own stack as a fiber. Once, before any switch.
void fiber_adopt_main(Fiber& main);
// Prepares `fiber` to run entry() at its first switch; entry never returns.
void fiber_create(Fiber& fiber, void* stack_low, std::size_t stack_bytes, const char* name,
                  void (*entry)());
// Whether a forked child can make runs. TSan switches itself off in the child of a process that has
// fibers, because it takes them for threads that fork did not copy.
bool fiber_survives_fork();

#if defined(RACEWALK_ASAN) || defined(RACEWALK_TSAN)
// Switches from the running fiber `from` to `to`; returns when somebody switches back.
void fiber_switch(Fiber& from, Fiber& to);
#else
inline void fiber_switch(Fiber& from, Fiber& to) {
  const auto back = boost::context::detail::jump_fcontext(to.context, &from);
  static_cast<Fiber*>(back.data)->context = back.fctx;
}
#endif

// Called on the main fiber around each phase, for the `count` fibers that take part.
void fiber_gate_in(Fiber& main, Fiber* const* fibers, unsigned count);
void fiber_gate_out(Fiber& main, Fiber* const* fibers, unsigned count);

}  // namespace rw::exec

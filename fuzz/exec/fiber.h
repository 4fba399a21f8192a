// Fibers: tasks of a steered execution, all on one OS thread.
//
// Stacks lie in the arena and are kept from one execution to the next. In the sanitizer builds a
// switch is one fcontext jump (Boost.Context) plus what the sanitizers must be told. In the plain
// build it is inline code of our own: a jump that is called leaves a return address behind in the
// processor's prediction, so that every return after it goes wrong (docs/performance.md).
//
// Promises: TSan learns no happens-before from a switch; between executions everything that any
// fiber did happens before everything that any fiber does next (the gates).
// Leaves out: who runs next (executor); the floating-point control words, which are all fibers'.
#pragma once

#include <cstddef>

#if defined(RACEWALK_ASAN) || defined(RACEWALK_TSAN) || !defined(__x86_64__)
#define RW_BOOST_SWITCHES 1
#include <boost/context/detail/fcontext.hpp>
#endif

namespace rw::exec {

struct Fiber {
  // Where it goes on, while switched away. A debugger reads this (debug.h).
#if defined(RW_BOOST_SWITCHES)
  boost::context::detail::fcontext_t context = nullptr;
#else
  struct Registers {
    void* rsp = nullptr;
    void* rbp = nullptr;
    const void* rip = nullptr;
  } context;
#endif
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

// Switches from the running fiber `from` to `to`; returns when somebody switches back.
#if defined(RW_BOOST_SWITCHES)
void fiber_switch(Fiber& from, Fiber& to);
#else
[[gnu::always_inline]] inline void fiber_switch(Fiber& from, Fiber& to) {
  Fiber::Registers* save = &from.context;
  const Fiber::Registers* load = &to.context;
  // All other registers count as lost. Nothing is pushed: the compiler may use what lies below the
  // stack pointer.
  asm volatile(
      "movq %%rsp, 0(%0)\n\t"
      "movq %%rbp, 8(%0)\n\t"
      "leaq 1f(%%rip), %%rax\n\t"
      "movq %%rax, 16(%0)\n\t"
      "movq 0(%1), %%rsp\n\t"
      "movq 8(%1), %%rbp\n\t"
      "jmpq *16(%1)\n"
      "1:"
      : "+D"(save), "+S"(load)
      :
      : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0",
        "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
        "xmm12", "xmm13", "xmm14", "xmm15", "cc", "memory");
}
#endif

// Called on the main fiber around each phase, for the `count` fibers that take part.
#if defined(RACEWALK_TSAN)
void fiber_gate_in(Fiber& main, Fiber* const* fibers, unsigned count);
void fiber_gate_out(Fiber& main, Fiber* const* fibers, unsigned count);
#else
inline void fiber_gate_in(Fiber&, Fiber* const*, unsigned) {}
inline void fiber_gate_out(Fiber&, Fiber* const*, unsigned) {}
#endif

}  // namespace rw::exec

#include "fuzz/exec/fiber.h"

#include <pthread.h>

#include <cstring>

#include "fuzz/sync/check.h"

#if defined(RACEWALK_ASAN)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(RACEWALK_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace rw::exec {

namespace {

void (*g_entry)() = nullptr;

void enter() {
  g_entry();
  RW_CHECK(false, "a fiber's entry function returned");
}

#if defined(RW_BOOST_SWITCHES)
using boost::context::detail::transfer_t;

#if defined(RACEWALK_ASAN)
Fiber* g_switched_to = nullptr;  // the fiber that is being entered
#endif

void arrived(transfer_t t) {
  static_cast<Fiber*>(t.data)->context = t.fctx;
#if defined(RACEWALK_ASAN)
  __sanitizer_finish_switch_fiber(g_switched_to->fake_stack, nullptr, nullptr);
#endif
}

void trampoline(transfer_t t) {
  arrived(t);
  enter();
}
#endif

#if defined(RACEWALK_TSAN)
char g_gate_in;
char g_gate_out;
#endif

}  // namespace

void fiber_adopt_main(Fiber& main) {
  pthread_attr_t attributes;
  RW_CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0, "cannot ask for the stack");
  pthread_attr_getstack(&attributes, &main.stack_low, &main.stack_bytes);
  pthread_attr_destroy(&attributes);
  main.name = "main";
#if defined(RACEWALK_TSAN)
  main.tsan = __tsan_get_current_fiber();
#endif
}

void fiber_create(Fiber& fiber, void* stack_low, std::size_t stack_bytes, const char* name,
                  void (*entry)()) {
  g_entry = entry;
  fiber.stack_low = stack_low;
  fiber.stack_bytes = stack_bytes;
  fiber.name = name;
  char* top = static_cast<char*>(stack_low) + stack_bytes;
#if defined(RW_BOOST_SWITCHES)
  fiber.context = boost::context::detail::make_fcontext(top, stack_bytes, trampoline);
#else
  // As if it had been called from address 0, where who walks the stack stops.
  char* return_address = top - 16 - sizeof(void*);
  std::memset(return_address, 0, sizeof(void*));
  fiber.context = {return_address, nullptr, reinterpret_cast<const void*>(enter)};
#endif
#if defined(RACEWALK_TSAN)
  fiber.tsan = __tsan_create_fiber(0);
  __tsan_set_fiber_name(fiber.tsan, name);
#endif
}

bool fiber_survives_fork() {
#if defined(RACEWALK_TSAN)
  return g_entry == nullptr;
#else
  return true;
#endif
}

#if defined(RW_BOOST_SWITCHES)
void fiber_switch(Fiber& from, Fiber& to) {
#if defined(RACEWALK_ASAN)
  g_switched_to = &to;
  __sanitizer_start_switch_fiber(&from.fake_stack, to.stack_low, to.stack_bytes);
#endif
#if defined(RACEWALK_TSAN)
  __tsan_switch_to_fiber(to.tsan, __tsan_switch_to_fiber_no_sync);
#endif
  arrived(boost::context::detail::jump_fcontext(to.context, &from));
}
#endif

#if defined(RACEWALK_TSAN)
void fiber_gate_in(Fiber& main, Fiber* const* fibers, unsigned count) {
  __tsan_release(&g_gate_in);
  for (unsigned i = 0; i < count; ++i) {
    __tsan_switch_to_fiber(fibers[i]->tsan, __tsan_switch_to_fiber_no_sync);
    __tsan_acquire(&g_gate_in);
  }
  __tsan_switch_to_fiber(main.tsan, __tsan_switch_to_fiber_no_sync);
}

void fiber_gate_out(Fiber& main, Fiber* const* fibers, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    __tsan_switch_to_fiber(fibers[i]->tsan, __tsan_switch_to_fiber_no_sync);
    __tsan_release(&g_gate_out);
  }
  __tsan_switch_to_fiber(main.tsan, __tsan_switch_to_fiber_no_sync);
  __tsan_acquire(&g_gate_out);
}
#endif

}  // namespace rw::exec

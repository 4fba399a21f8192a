#include "fuzz/exec/debug.h"

#include <utility>

#include "fuzz/exec/executor.h"

extern "C" {

racewalk_state racewalk_debug;

// The empty statement keeps calls, and the stores before them, from being optimised away.
[[gnu::noinline]] void racewalk_event() {
  asm volatile("" ::: "memory");
}
[[gnu::noinline]] void racewalk_failure() {
  asm volatile("" ::: "memory");
}

}  // extern "C"

namespace rw::exec::debug {

void execution_begins() {
  racewalk_debug = racewalk_state{};
  racewalk_debug.running = &g_executor.view.current;
  for (unsigned t = 0; t < kMaxTasks; ++t)
    racewalk_debug.contexts[t] =
        reinterpret_cast<const void* const*>(&g_executor.tasks[t].fiber.context);
#if defined(RW_BOOST_SWITCHES)
  racewalk_debug.boost_switches = 1;
#endif
}

void event(const Event& event, std::uint32_t number, const void* address) {
  racewalk_debug.event = number;
  racewalk_debug.step = event.step;
  racewalk_debug.task = event.task;
  racewalk_debug.op = event.op;
  racewalk_debug.address = address;
  racewalk_debug.object = event.object.c_str();
  racewalk_debug.file = event.where.file.c_str();
  racewalk_debug.function = event.where.function.c_str();
  racewalk_debug.line = event.where.line;
  racewalk_event();
}

namespace {
const void* g_failing_address = nullptr;
}

void failing_address(const void* address) {
  g_failing_address = address;
}

void failure(const Failure& failure) {
  racewalk_debug.step = failure.step;
  racewalk_debug.task = failure.task;
  racewalk_debug.op = g_executor.op[failure.task];
  racewalk_debug.address = std::exchange(g_failing_address, nullptr);
  racewalk_debug.object = "";
  racewalk_debug.file = failure.where.file.c_str();
  racewalk_debug.function = failure.where.function.c_str();
  racewalk_debug.line = failure.where.line;
  racewalk_debug.failure = failure.kind.c_str();
  racewalk_debug.message = failure.message.c_str();
  racewalk_failure();
}

}  // namespace rw::exec::debug

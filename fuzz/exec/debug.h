// Where a debugger can stop an execution, and what it finds there.
//
// fuzz/gdb/racewalk.py puts breakpoints on the two functions and reads the struct. All of it is C:
// plain names, plain types, and debug information in every build (CMakeLists.txt), so that neither
// optimisation nor a build with line tables only gets in the way.
//
// Promises: both functions are called on the stack of the task that the stop is about, with that
// task's frames below them: racewalk_event() at each event of a trace, right after what it tells
// of has happened; racewalk_failure() at the first failure of an execution, before anything is
// unwound. Runs that record no trace pay for failures only.
// Leaves out: what happened before (the trace tells), and other tasks' registers in threads mode
// (they are real threads: gdb knows them).
#pragma once

#include <cstdint>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"
#include "fuzz/sync/tasks.h"

extern "C" {

struct racewalk_state {
  std::uint32_t event;      // number of the last event of this execution, from 1; 0: none yet
  std::uint32_t step;       // its step, as in reports
  std::uint32_t task;       // whose it is; at a failure: who failed
  std::uint32_t op;         // index of the op it belongs to
  const void* address;      // what the event or the failure is about; null: nothing
  const char* object;       // its model name, "page#1.mapcount"; "" if none
  const char* file;         // source position of the event or failure
  const char* function;     // last component
  std::uint32_t line;       // from 1; 0: unknown
  const char* failure;      // kind of the failure; null: nothing has failed yet
  const char* message;      // its sentence; null likewise
  const unsigned* running;  // steered: the task that runs, also between events
  // Steered: where the registers of each task that is switched away are saved (fiber.h, x86-64):
  // rsp, rbp and rip; or, by Boost.Context, one pointer to a frame with rbp at +0x30, rip at +0x38
  // and the task's stack above.
  const void* const* contexts[rw::sync::kMaxTasks];
  std::uint32_t boost_switches;  // 1: by Boost.Context
};

extern racewalk_state racewalk_debug;

void racewalk_event();
void racewalk_failure();

}  // extern "C"

namespace rw::exec::debug {

// A new execution begins. Steered ones say where the saved contexts will be.
void execution_begins();
// `event` is the `number`-th of its trace and stays where it is during the call.
void event(const Event& event, std::uint32_t number, const void* address);
// What the failure that comes next is about; without it: nothing.
void failing_address(const void* address);
// `failure` stays where it is until the execution has ended.
void failure(const Failure& failure);

}  // namespace rw::exec::debug

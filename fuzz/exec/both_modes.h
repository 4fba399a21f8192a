// For hooks that are called in both modes: which of them it is, and the calling task.
#pragma once

#include "fuzz/exec/executor.h"
#include "fuzz/sync/hooks.h"

namespace rw::hooks {

inline bool steered() {
  return g_mode == mode::steered;
}
inline bool threaded() {
  return g_mode == mode::threads;
}

inline exec::Task& self() {
  return exec::g_executor.tasks[current_task()];
}

}  // namespace rw::hooks

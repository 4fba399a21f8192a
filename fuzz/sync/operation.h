// operation: names a call of a primitive (a lock, an unlock, an RCU or a put call).
//
// Promises: with coarse granularity (the default) the non-blocking path of the scope is one step;
// with fine granularity, or `fine` set, each atomic inside is one. Schedules, reports, PCT's step
// count and partial-order reduction speak of operations.
// Leaves out: the destructor makes no step, so an abandoned execution unwinds through it safely.
#pragma once

#include "fuzz/sync/hooks.h"

namespace rw::sync {

class operation {
 public:
  enum granularity : bool { by_mode = false, always_fine = true };

  // `name`: a literal, the kernel's name of the call. `object`: what it acts on, in the arena.
  operation(const char* name, const void* object, site where = site::current(),
            granularity g = by_mode) {
    hooks::operation_begin(name, object, g == always_fine, where);
  }
  ~operation() { hooks::operation_end(); }
  operation(const operation&) = delete;
  operation& operator=(const operation&) = delete;
};

}  // namespace rw::sync

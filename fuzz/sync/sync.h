// The seam, whole. Code under test includes this and fuzz/target.h, nothing else of the engine.
#pragma once

#include "fuzz/sync/arena.h"      // IWYU pragma: export
#include "fuzz/sync/atomic.h"     // IWYU pragma: export
#include "fuzz/sync/cell.h"       // IWYU pragma: export
#include "fuzz/sync/check.h"      // IWYU pragma: export
#include "fuzz/sync/fail.h"       // IWYU pragma: export
#include "fuzz/sync/ghost.h"      // IWYU pragma: export
#include "fuzz/sync/operation.h"  // IWYU pragma: export
#include "fuzz/sync/wait.h"       // IWYU pragma: export

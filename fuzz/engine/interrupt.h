// Ctrl-C and SIGTERM: asked for, not died of, so that what was found is saved first.
//
// Promises: after catch_interrupts() the first signal sets a flag; a second one ends the process at
// once with exit status 130.
// Leaves out: SIGKILL, which needs no help: all files are written whole (files.h).
#pragma once

namespace rw::engine {

void catch_interrupts();
bool interrupted();

}  // namespace rw::engine

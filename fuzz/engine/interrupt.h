// Ctrl-C, SIGTERM and the SIGHUP of a closed terminal: asked for, not died of, so that what was
// found is saved first.
//
// Promises: after catch_interrupts() the first signal sets a flag; one that comes more than 0.2 s
// later ends the process at once with exit status 130. A SIGHUP that was ignored (nohup) stays so.
// Leaves out: SIGKILL, which needs no help: all files are written whole (files.h).
#pragma once

#include <csignal>

namespace rw::engine {

void catch_interrupts();
bool interrupted();

// For a worker. A terminal signals its whole process group, so what the worker gets its supervisor
// gets too, and tells it to end with SIGTERM: Ctrl-C and SIGHUP are ignored, and a SIGTERM only
// sets the flag, however many come.
void catch_only_sigterm();

// For a child that its parent kills: it ignores all three.
void leave_interrupts_to_parent();

// sigaction(2) of the C library, whatever a sanitizer puts before it. ThreadSanitizer keeps a
// signal back until its thread calls something that it intercepts, and a fiber is a thread to it: a
// signal that comes on the fiber of a task which then ends is never delivered.
int sigaction_at_once(int signal, const struct sigaction* action, struct sigaction* before);

}  // namespace rw::engine

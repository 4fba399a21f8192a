// The one interface beneath the seam. sync/ calls these functions and nothing else of the engine;
// the engine (fuzz/exec) defines them.
//
// Promises: every call that can matter to a schedule, to happens-before or to a lifetime passes
// here exactly once, with the address it is about, where in the source it stands, and its order.
// A second front end, fed by a compiler's instrumentation of ordinary C++ code, needs nothing else.
//
// Leaves out: what the engine makes of a call. In `direct` and `threads` mode the typed wrappers
// (atomic.h, cell.h, ...) do the real operation themselves and only the functions marked
// "both modes" are called.
//
// Every function may throw exec's private "abandoned" exception while an execution is being given
// up. Target code lets it pass: it never catches everything and makes no seam step in a destructor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <string>

#include "fuzz/sync/order.h"

namespace rw::sync {

// Where in the source a call stands. One pointer; names the calling function in reports and keys.
using site = std::source_location;

struct type_info;  // fuzz/sync/arena.h

}  // namespace rw::sync

namespace rw::hooks {

using sync::order;
using sync::site;

enum class mode : std::uint8_t {
  direct,   // no execution runs: plain memory, no checks
  threads,  // tasks are real threads, operations are std::atomic's
  steered,  // tasks are fibers, the strategy picks who makes the next step
};

// Changed only between executions, when no task runs.
[[gnu::visibility("hidden")]] extern mode g_mode;
// True while a trace is recorded: notes cost their formatting only then.
extern bool g_tracing;

// True while the engine wants to know what oracles look at and remember, which is no step and no
// checked access: set by an exhaustive exploration only.
extern bool g_tells_ghosts;

// How a location takes part in happens-before and in the memory model.
enum class storage : std::uint8_t {
  atomic,    // C++ atomic: orders count, a load may see what memory/ allows
  coherent,  // hardware or bookkeeping state: always the newest value, orders nothing
};

enum class rmw : std::uint8_t { exchange, add, sub, and_, or_, xor_ };

// How a word is accessed. One argument: what a call hands over must be kept while others run.
struct access {
  std::uint8_t size;  // of the word: 4 or 8 bytes
  order o;
  storage s;
};
struct exchange {
  std::uint8_t size;
  order o;  // if it succeeds
  storage s;
  order failure;
  bool weak;  // may fail spuriously (a choice)
};

// ---- steered mode: one step each ----------------------------------------------------------------
// Values travel as the object's bytes, zero-extended.
std::uint64_t load(const void* address, access how, site where);
void store(void* address, access how, std::uint64_t value, site where);
// Returns the value before.
std::uint64_t read_modify_write(void* address, access how, rmw kind, std::uint64_t operand,
                                site where);
// On failure stores the value seen in `expected`.
bool compare_exchange(void* address, exchange how, std::uint64_t& expected, std::uint64_t desired,
                      site where);

// ---- steered mode: checks without a step --------------------------------------------------------
// A seam object is constructed with a value: a plain, initialising write.
void initialise(void* address, unsigned size, site where);
// A plain access to a cell, about to happen.
void plain_access(const void* address, unsigned size, bool is_write, site where);

// ---- both modes ---------------------------------------------------------------------------------
// threads mode: maybe a short delay before the operation at `where` (from the input's bytes).
void jitter(site where);
void fence(order o, site where);
void order_release(const void* object, site where);
void order_acquire(const void* object, site where);
// A full fence that is no step, for the same mechanisms.
void order_fence(site where);
// Blocks until notified if *word == expected; the comparison with the newest value and the blocking
// are one step. Returns at once otherwise. May wake spuriously (a choice). `word` is 32 bits.
void wait(const void* word, std::uint32_t expected, site where);
// Wakes up to `count` waiters of `word`. Reads nothing: legal after the word is gone.
void notify(const void* word, unsigned count, site where);
// In a spin loop: this task is descheduled until another has made a step.
void relax(site where);
// A value choice in [0, n); 0 is always the benign one. `what` is a literal naming the choice.
unsigned choose(unsigned n, const char* what, site where);

// The calling task, which is also its logical CPU. 0 during set-up and final checks.
unsigned current_task();

// The code under test asks for a choice of the design that is not the default: what the calling
// task does next is what the execution is about. Returns whether it is one of the tasks that asks,
// and not set-up or a final check. Call through choice_asked (wait.h).
bool choice_asked();

// An operation (a lock, unlock, rcu or put call) begins on `object`. `name` is a literal.
// Coarse granularity: one step for its non-blocking path. `fine` forces single steps inside.
void operation_begin(const char* name, const void* object, bool fine, site where);
void operation_end();

// Bookkeeping of who holds what, for reports, for naming deadlocks and for lock checks.
// `lock` is the lock's address. Others may hold it too unless it is held exclusively. A read
// section (RCU's) is no lock: one that ends and the next do not order what is in them.
enum class hold : std::uint8_t { exclusive, shared, section };
void acquired(const void* lock, hold how, site where);
void released(const void* lock, site where);

// Memory for target objects, from the arena; lives until the execution ends; zeroed.
void* reserve(std::size_t bytes, std::size_t alignment);
// An object begins to live at `address`: its bytes are uninitialised. `type` names its fields.
void object_born(void* address, std::size_t bytes, const sync::type_info* type, site where);
// The object's life ends: any later or unordered use is a use-after-free.
void object_died(void* address, site where);

// While g_tells_ghosts: the calling task has just read or changed what an oracle keeps at
// `address`, which may lie outside the arena. Call through ghost_touched (ghost.h).
void ghost_touch(const void* address, bool writes);
// A lock nobody sees: no step, no happens-before. For ghost state in threads mode (ghost.h).
void ghost_lock();
void ghost_unlock();

// Ends the execution with a failure. `kind` is a name from the engine's or the target's kinds.def;
// `parts` are what the key is made of (field and function names, no numbers); `symmetric`: their
// order means nothing. In a `direct` context (no execution) this is a CHECK failure.
[[noreturn]] void fail(const char* kind, std::initializer_list<std::string> parts, bool symmetric,
                       std::string message, site where);
// Whether a load may see another value than the newest: an oracle then cannot say of what a task
// has not met that it should have met it.
bool stale_loads();
// By the kernel's memory model (memory: lkmm).
bool kernel_memory();
// How far the calling task knows `task` to have come: what that task did while its own entry, what
// it gets when it asks for itself, was no more than this, happens before what the caller does now.
// Steered only; else 0.
std::uint32_t known_clock(unsigned task);
// True once the execution is being given up; oracles that run late look here first.
bool abandoned();

// A line of the two-column table for the calling task. Call through RW_NOTE (fail.h).
void note(std::string text, site where);

}  // namespace rw::hooks

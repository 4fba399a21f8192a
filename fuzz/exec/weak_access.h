// The steps of the seam under a weak memory model: which message a load, a store or a
// read-modify-write takes is a choice of the strategy's, 0 being the newest.
//
// Promises: called after the step has been scheduled and checked (access.h); the word's own memory
// holds the newest value; TSan sees the accesses of the word and nothing of the histories, which
// lie on the heap (quiet.h); an execution that turns out not to be one of the model's (weak_exact)
// ends there, without a verdict. Leaves out: coherent words, which have no history.
#pragma once

#include "fuzz/exec/access.h"
#include "fuzz/exec/quiet.h"
#include "fuzz/exec/raw_access.h"
#include "fuzz/memory/weak.h"

namespace rw::exec::weak_access {

// The word at `l` before an access: found or made. Call before the access is checked, which may
// make an uninitialised word one that has a value.
inline memory::weak::Word& word_at(memory::Location& l, const void* address, unsigned size) {
  const Quiet quiet;
  return memory::weak::word_of(l, l.initialised, raw_peek(address, size));
}

// `task` is the running one.
std::uint64_t load(Task& task, memory::Location& l, const void* address, hooks::access how,
                   const sync::site& where);
void store(Task& task, memory::weak::Word& w, void* address, hooks::access how, std::uint64_t value,
           const sync::site& where);

// A read-modify-write; returns what it has read. A fully ordered one has the fences before it and
// behind it; under lkmm the one behind it is a step of its own.
std::uint64_t read_modify_write(Task& task, memory::Location& l, void* address, hooks::access how,
                                hooks::rmw kind, std::uint64_t operand, const sync::site& where);
// A read-modify-write where it finds `expected`, a load where it does not, or where a weak one may
// fail (a choice); `expected` is then what it has read. Returns whether it has written.
bool compare_exchange(Task& task, memory::Location& l, void* address, hooks::exchange how,
                      std::uint64_t& expected, std::uint64_t desired, const sync::site& where);

// The same of weak.h, for the running task.
void fence(sync::order o);
void edge_release(memory::Location& l);
void edge_acquire(memory::Location& l);
void look(const memory::weak::Word& w);
void relax();
void lock_taken();
void lock_released();

}  // namespace rw::exec::weak_access

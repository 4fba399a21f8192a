// How target code says that something is wrong, and what it adds to the picture.
//
// Promises: the first failure of an execution ends it; its key is made of `kind` and `parts` alone.
// Leaves out: our own bugs (RW_CHECK in check.h) and a user's mistakes (result types).
#pragma once

#include <fmt/format.h>

#include <string>

#include "fuzz/sync/check.h"
#include "fuzz/sync/hooks.h"

namespace rw::sync {

// Ends the execution. `kind`: a name in kinds.def. `parts`: field and function names, nothing that
// differs from run to run.
[[noreturn]] inline void fail(const char* kind, std::initializer_list<std::string> parts,
                              std::string message, site where = site::current()) {
  hooks::fail(kind, parts, false, std::move(message), where);
}

// The last component of a function's name as a report shows it: "zap_pte_range".
std::string function_name(const site& where);

// The model name of an address in the arena: "anon_vma#3.root".
std::string name_of(const void* address);

}  // namespace rw::sync

// RW_NOTE("format", args...): a line in the two-column table; formatted only while tracing.
#define RW_NOTE(...)                                                              \
  do {                                                                            \
    if (::rw::hooks::g_tracing) [[unlikely]]                                      \
      ::rw::hooks::note(::fmt::format(__VA_ARGS__), ::rw::sync::site::current()); \
  } while (false)

#include "fuzz/engine/gdb_scripts.h"

// The assembler copies a file into the binary; it looks in the compiler's include folders.
#define RW_EMBED(name, path)                         \
  asm(".section .rodata.racewalk_" #name             \
      "\n"                                           \
      "racewalk_" #name                              \
      ":\n"                                          \
      ".incbin \"" path                              \
      "\"\n"                                         \
      "racewalk_" #name                              \
      "_end:\n"                                      \
      ".previous\n");                                \
  extern "C" const char racewalk_##name[];           \
  extern "C" const char racewalk_##name##_end[];     \
  namespace {                                        \
  std::string_view name() {                          \
    return {racewalk_##name, racewalk_##name##_end}; \
  }                                                  \
  }

RW_EMBED(commands, "fuzz/gdb/racewalk.py")
RW_EMBED(execution, "fuzz/gdb/execution.py")
RW_EMBED(printers, "fuzz/gdb/printers.py")
RW_EMBED(batch, "fuzz/gdb/batch.py")

namespace rw::engine {

std::span<const GdbScript> gdb_scripts() {
  static const GdbScript scripts[] = {{"racewalk.py", commands()},
                                      {"execution.py", execution()},
                                      {"printers.py", printers()},
                                      {"batch.py", batch()}};
  return scripts;
}

FileError write_gdb_scripts(const std::string& folder) {
  for (const GdbScript& script : gdb_scripts()) {
    FileError error = write_whole(folder + "/" + script.name, script.text, OnDisk::later);
    if (!error.empty()) return error;
  }
  return {};
}

}  // namespace rw::engine

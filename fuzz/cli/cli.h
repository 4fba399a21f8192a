// The racewalk command: one file per subcommand, one line each in commands.def.
//
// Promises: every subcommand has --help and --json; every path ends with an exit status of
// fuzz/engine/exit_status.h; a mistake is answered with what exists instead.
// Leaves out: the work itself (fuzz/engine).
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>

#include "fuzz/engine/exit_status.h"
#include "fuzz/engine/files.h"
#include "fuzz/program/design.h"
#include "fuzz/program/program.h"
#include "fuzz/target.h"

namespace rw::cli {

inline constexpr const char* kVersion = "0.1.0";

// A subcommand: `add` declares it and its options on `app` and sets `*status` when it has run.
struct Command {
  std::string name;
  void (*add)(CLI::App& app, int* status);
};
std::span<const Command> commands();

// What main() does. `argv` as main gets it.
int run(int argc, char** argv);

// Ends the command before it has printed anything as JSON: thrown by the helpers below and by
// subcommands, caught by run(). Where JSON is asked for the reason is a document on standard
// output.
struct Stop {
  int status;
  std::string message;  // printed on standard error after "racewalk: "
};
[[noreturn]] void stop(int status, const std::string& message);

// One line on standard error, behind the program's name. If that cannot be written nobody is told:
// standard error may be a file on the disk that is full.
void complain(const std::string& message);

// The command's name as it was called, for the lines to paste.
const std::string& called_as();
char** main_arguments();

// ---- what several subcommands need; all stop with status 64 on a mistake ------------------------

inline constexpr const char* kTargetHelp = "the code under test; without it: mm";

// "18,204".
std::string with_commas(std::uint64_t n);

// The target of that name; with an empty one the default: mm if this build has it.
Target& target_named(const std::string& name);
// A design that is a right one, another for each program.
inline constexpr const char* kAnyRight = "right";
// "a=b,c=d" or words with spaces; empty: the open design; kAnyRight: all open. Refuses an
// impossible one.
program::DesignValues design_of(const Target& target, const std::string& text);
inline constexpr const char* kMemoryHelp =
    "what a load may see: sc, weak (C++20) or lkmm (the kernel's model); default sc";
exec::Memory memory_named(const std::string& name);
std::string strategy_help();
// Index in schedule::strategies(); nullopt: auto.
std::optional<unsigned> strategy_named(const std::string& name);
// A .race file, which may not name another target than `target`; or, if that is not empty and the
// file is no text, raw bytes for it.
enum class RawDesign { as_it_is, made_right };  // made_right: as the libFuzzer binaries run it
program::Program program_in(const std::string& path, const std::string& target,
                            RawDesign raw = RawDesign::made_right);
// Whether the file's contents are a text program rather than raw bytes.
bool looks_like_text(std::string_view contents);
// Checks of options that are numbers.
CLI::Validator above_zero();
CLI::Validator zero_or_above();
// Stops with status 74 if `path` cannot be written: before what takes long to come by.
void check_writable(const std::string& path, engine::Writing how = engine::Writing::whole);
// Writes `bytes` whole or stops with status 74.
void write_or_stop(const std::string& path, std::string_view bytes);
// Colours and width for standard output; says it on standard error if the terminal is narrower than
// what is made for it.
bool color_wanted();
unsigned width_wanted();
// The same for prose, whose lines stay whole where standard output is no terminal.
unsigned prose_width();

}  // namespace rw::cli

// Text <-> Program: the .race format (docs/race-format.md), for people, repositories and mails.
//
// Promises: parse(print(p)) == p for every valid p, remarks included; text -> Program -> text keeps
// comments, blank lines and unknown keys in place, and is canonical after one time round. parse
// neither crashes nor hangs on any bytes, and says `file:line: what, and what to write instead`.
// Leaves out: whether the ops make sense, and whether `expect` names a kind that exists.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "fuzz/program/program.h"
#include "fuzz/program/result.h"

namespace rw::program {

inline constexpr std::size_t kMaxTextBytes = 4U
                                             << 20U;  // holds the longest list with room to spare
inline constexpr std::size_t kMaxTextLine = 4096;     // characters

// One op as a program spells it: "d0 = register mm0 kvm".
std::string op_text(const Target& target, const Op& op);

// `p` must be valid.
std::string print(const Program& p);

// `file_name` is for errors only; `targets` are those a file may name.
Result<Program> parse(std::string_view text, std::string_view file_name,
                      std::span<Target* const> targets = all_targets());

// Reads and parses the file at `path`; an unreadable or too large one is an Error without a line.
Result<Program> load(const std::string& path, std::span<Target* const> targets = all_targets());

}  // namespace rw::program

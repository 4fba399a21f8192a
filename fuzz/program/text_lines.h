// What printing and parsing a .race text share: its lines and what each is about.
//
// Promises: canonical_lines(p) is the canonical text without remarks; tags grow from line to line.
// Leaves out: everything a user calls; that is text.h.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/program/program.h"

namespace rw::program {

inline constexpr std::string_view kVersionLine = "# racewalk 1";

// What a line of content is about; parts stand in the order of the canonical text.
struct Tag {
  enum class Part : std::uint8_t {
    version,
    target,
    design,  // index: which of the wrapped lines
    memory,
    granularity,
    expect,
    key,
    setup,
    setup_op,  // index: which op
    task,      // list: which task; index 0: its header, 1 + i: its i-th op
    schedule,  // index: which of the wrapped lines
    segment,   // index: which one
    choice,
  };
  Part part = Part::version;
  std::uint32_t list = 0;
  std::uint32_t index = 0;
  auto operator<=>(const Tag&) const = default;
};

struct Line {
  Tag tag;
  std::string text;
};

std::vector<Line> canonical_lines(const Program& p);

// Without blanks and tabs at the ends.
std::string_view trimmed(std::string_view text);

// Where in `line` a comment at its end begins (a '#' after a blank or at the start), or its size.
std::size_t comment_start(std::string_view line);

// Whether `word` can be the value of expect or key: at most kMaxName letters, digits, '-_.'.
bool is_word(std::string_view word);

// "target" of "  target: mm", the rest in `value`; "" if the line does not begin with "word:".
std::string_view key_of_line(std::string_view line, std::string_view* value = nullptr);

// Whether the format gives `key` a meaning ("T" and digits always has one).
bool is_known_key(std::string_view key);

// The known key that `key` seems to be a misspelling of, or "".
std::string_view misspelt_key(std::string_view key);

// A "key: value" line that is none of the format's: kept, not understood.
bool is_unknown_key_line(std::string_view line);

extern const std::vector<std::string_view> kMemoryNames;       // in the order of exec::Memory
extern const std::vector<std::string_view> kGranularityNames;  // of exec::Granularity

// How a value of `kind` is written: "mm0", "0x1f", "anon".
std::string operand_text(const OperandKind& kind, unsigned value);

}  // namespace rw::program

// Parsing one line of a .race text: an op, a decision of a list, a generator.
//
// Promises: errors have no file and line yet; the caller knows them.
// Leaves out: sections, comments and everything between lines (text_parse.cc).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "fuzz/program/program.h"
#include "fuzz/program/result.h"

namespace rw::program {

// Words between blanks and tabs.
std::vector<std::string_view> words_of(std::string_view text);

// A decimal number, or hexadecimal after "0x", of at most `max`.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max);

// The value that `word` spells in `kind`, if any.
std::optional<std::uint8_t> operand_value(const OperandKind& kind, std::string_view word);

Result<Op> parse_op(const Target& target, std::string_view line);

// "T0 until 2:zap_pte_range#3". Without an op it is `current_op[task]`; that is then updated.
Result<exec::Segment> parse_segment(std::string_view line, std::uint16_t (&current_op)[8]);

// "choose T1 2:wake#1 = 1". Without an op it is op 0.
Result<exec::ChoiceMade> parse_choice(std::string_view line);

// "pct3 seed 0x1234 steps 40 25", "guided seed 0 stream 0a0b".
Result<Schedule> parse_generator(std::string_view text);

// Appends words of hexadecimal digits to `stream`; "" or what is wrong.
std::string parse_stream(std::string_view text, std::vector<std::uint8_t>& stream);

}  // namespace rw::program

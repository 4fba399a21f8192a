// Bytes <-> Program: the form a fuzzer mutates and a corpus stores.
//
// Promises: decode is total: every byte string is a valid Program. It reads zeros past the end, and
// zero is the benign choice everywhere: it ends a list of ops, takes the default value of an axis.
// The empty string is minimal(target). encode is canonical and has no trailing zeros;
// decode(encode(p)) runs as p does for every valid p, and encode(decode(b)) is idempotent.
// Leaves out: expect, key and remarks (text only), and the target itself: bytes mean something only
// together with one.
//
// Layout, each item one byte unless said otherwise, taken modulo what exists:
//   design      one value per axis
//   memory, granularity
//   tasks - 1
//   set-up, then each task: ops, each 1 + index and its operands; a 0 ends the list unless it is
//               full
//   form        0 generator, 1 list
//   generator   strategy, seed (8, little-endian); 1 and the steps of each task (2), or 0; if it
//               uses a stream: length (2), the bytes
//   list        segments: 1 + task + 8 * until (0 end, 1 blocked, 2 step; for step: op (2),
//               visit - 1 (2), name); a 0 ends the list unless it is full
//               choices: 1 + task, op (2), visit - 1 (2), name, value (2); ended likewise
//   name        index in the table of names so far; one past it: length and characters, which join
//               the table while it has fewer than 255
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/program/program.h"

namespace rw::program {

Program decode(Target& target, std::span<const std::uint8_t> bytes);

// `p` must be valid.
std::vector<std::uint8_t> encode(const Program& p);

}  // namespace rw::program

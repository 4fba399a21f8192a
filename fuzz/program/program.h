// Program: one input of the fuzzer, whole: a design, set-up ops, tasks of ops, and a schedule.
//
// Promises: a value type; equal programs run equally. Every byte string decodes to one (bytes.h),
// every one has a text (text.h), and both ways round lose nothing.
// Leaves out: meaning. Whether an op's handle is alive shows only when it runs.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/exec/execution.h"
#include "fuzz/exec/trace.h"
#include "fuzz/target.h"

namespace rw::program {

struct Op {
  std::uint8_t op = 0;                              // index in Target::ops()
  std::array<std::uint8_t, kMaxOperands> operand{};  // unused ones are 0
  auto operator<=>(const Op&) const = default;
};

// How the schedule is made. A generator is drawn anew by a strategy; a list says each decision.
struct Schedule {
  enum class Form : std::uint8_t { generator, list };
  Form form = Form::generator;

  // generator
  std::uint8_t strategy = 0;              // index in schedule::strategies()
  std::uint64_t seed = 0;
  std::vector<std::uint8_t> stream;       // "guided" reads its decisions here; empty otherwise

  // list
  exec::Decisions decisions;
};

struct Program {
  Target* target = nullptr;
  std::vector<std::uint8_t> design;  // one value index per axis of the target
  exec::Memory memory = exec::Memory::sc;
  exec::Granularity granularity = exec::Granularity::coarse;
  std::vector<Op> setup;
  std::vector<std::vector<Op>> tasks;  // 1..8
  Schedule schedule;

  // What a saved file expects; both empty in a program that is merely an input.
  std::string expect;  // failure kind, or "none"
  std::string key;     // "k1-use-after-free-0123abcd"

  // Lines of a text form that are not the program: comments and unknown keys, kept in place.
  // `before` says in front of which line of the canonical text they stand (0-based).
  struct Remark {
    std::uint32_t before = 0;
    std::string line;
  };
  std::vector<Remark> remarks;
};

inline constexpr unsigned kMaxCodecTasks = 8;
inline constexpr unsigned kMaxOpsPerList = 64;  // the codec's bound on a task's or set-up's length

}  // namespace rw::program

// Program: one input of the fuzzer, whole: a design, set-up ops, tasks of ops, and a schedule.
//
// Promises: a value type; equal programs run equally. Every byte string decodes to one (bytes.h),
// every one has a text (text.h), and both ways round lose nothing of a valid one.
// Leaves out: meaning. Whether an op's handle is alive shows only when it runs.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/exec/execution.h"
#include "fuzz/exec/strategy.h"
#include "fuzz/exec/trace.h"
#include "fuzz/target.h"

namespace rw::schedule {
struct Profile;
}

namespace rw::program {

struct Op {
  std::uint8_t op = 0;                               // index in Target::ops()
  std::array<std::uint8_t, kMaxOperands> operand{};  // unused ones are 0
  auto operator<=>(const Op&) const = default;
};

// How the schedule is made. A generator is drawn anew by a strategy; a list says each decision.
struct Schedule {
  enum class Form : std::uint8_t { generator, list };
  Form form = Form::generator;

  // generator
  std::uint8_t strategy = 0;  // index in schedule::strategies()
  std::uint64_t seed = 0;
  std::vector<std::uint8_t> stream;  // "guided" reads its decisions here; empty otherwise
  // About how many steps each task will make: one number a task, or none if that is not known.
  std::vector<std::uint16_t> steps;

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

  // Lines of a text form that are not the program: comments, blank lines and unknown keys, kept in
  // place. `before` says in front of which line of the canonical text they stand (0-based, from 1:
  // nothing stands before the version line).
  struct Remark {
    std::uint32_t before = 0;
    std::string line;
    bool trailing = false;  // a comment at the end of that line, not in front of it
    bool operator==(const Remark&) const = default;
  };
  std::vector<Remark> remarks;  // in the order of `before`
};

// Bounds of a valid program; what lies beyond them neither bytes nor text can carry.
inline constexpr unsigned kMaxCodecTasks = 8;
inline constexpr unsigned kMaxOpsPerList = 64;      // of a task's or set-up's length
inline constexpr std::size_t kMaxStream = 1024;     // bytes
inline constexpr std::size_t kMaxSegments = 40960;  // a livelock: one a step, twice the budget
inline constexpr std::size_t kMaxChoices = 4096;
inline constexpr std::size_t kMaxName = 64;      // of a function or choice in a list, characters
inline constexpr std::size_t kMaxRemark = 1024;  // one comment line, characters
inline constexpr std::size_t kMaxRemarks = 64 * 1024;  // all of them, characters with line ends

// A program with the default design, no set-up and one task without ops; the empty byte string.
Program minimal(Target& target);

// The strategy of a generator. `s` and `profile` must outlive it.
std::unique_ptr<exec::Strategy> strategy_of(const Schedule& s,
                                            const schedule::Profile* profile = nullptr);

// "" if `p` is in all bounds and in normal form, otherwise what is not.
std::string why_invalid(const Program& p);

// Brings `p` into bounds and normal form, changing as little as possible: cuts what is too long,
// takes values modulo what exists, drops list entries that say nothing or speak of a task that is
// not there. (An entry may speak of an op that is not there: replay says so and goes on.)
void normalise(Program& p);

// Whether both run the same: all but expect, key and remarks are equal.
bool same_run(const Program& a, const Program& b);
bool operator==(const Schedule& a, const Schedule& b);
bool operator==(const Program& a, const Program& b);

// Number of ops in all tasks and set-up.
std::size_t op_count(const Program& p);

// Whether `name` can stand in a list as the name of a function or choice: 1..kMaxName printable
// characters, none of them '#' or ':', no space at either end.
bool is_list_name(std::string_view name);

}  // namespace rw::program

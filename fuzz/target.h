// Target: the code under test as the engine sees it.
//
// A target offers operations with small operands, a design (axes of mechanisms, right and wrong
// values, rules over their combinations), failure kinds of its own, and oracles it runs itself.
//
// Promises asked of a target: all state that tasks share lies in the arena and is made anew by
// begin(); an op whose handle is dead returns a reason and does nothing; nothing but the seam
// decides what happens; no heap memory is owned across a seam call, no exception is swallowed.
// Leaves out: schedules and bytes. A target never learns how it is driven.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rw {

// The kind of an operand: how many values it has and how each is spelled.
struct OperandKind {
  const char* name;                        // "mm", "page"
  unsigned count;                          // values 0 .. count-1; at most 256
  const char* prefix;                      // spelled prefix + number: "mm0"; "0x" + hex; or
  std::span<const char* const> spellings;  // non-empty: one word each, prefix unused
};

inline constexpr unsigned kMaxOperands = 4;

struct Operand {
  const char* name;  // for help and errors: "first page"
  const OperandKind* kind;
};

struct OpInfo {
  const char* name;                   // "zap_page_range"
  std::span<const Operand> operands;  // at most kMaxOperands
  bool first_is_result;               // operand 0 is written before '=': "d0 = register mm0 kvm"
  const char* what;                   // one line of help
};

// A design is one value index per axis, in the order of Target::axes().
using Design = std::span<const std::uint8_t>;

struct AxisValue {
  const char* name;
  const char* what;  // one line; the commit, mail or paper it comes from
};

struct Axis {
  const char* name;
  std::span<const AxisValue> values;  // the default first
  bool varied;  // not a matter of right or wrong: generators draw it freely (slab reuse order)
  const char* what;
};

enum class RuleVerdict : std::uint8_t {
  wrong,       // the combination has a known bug
  impossible,  // the combination cannot be built
};

// "axis has one of these values". A rule holds when all its conditions do.
struct Condition {
  std::uint8_t axis;
  std::uint32_t values;  // bit v: value v
};

struct Rule {
  const char* name;  // "12-register-narrow-lock": what `bugs --hunt` calls it
  RuleVerdict verdict;
  std::span<const Condition> when;
  const char* because;                       // one or two sentences
  std::span<const char* const> detected_by;  // failure kinds it may show as
  unsigned catalogue;                        // its catalogue number (docs/bugs.md), 0 if none
  const char* source;                        // commit, CVE or mail
  unsigned tasks;                            // how many tasks it takes
  bool needs_weak;                           // cannot show under sc
  // What a hunt for it fixes beyond `when`: further axis values without which it cannot show.
  std::span<const Condition> hunt_with;
};

// A design of history or of a proposal, under a name. Shorthand for input only: what is saved lists
// every axis.
struct NamedDesign {
  const char* name;    // "2.6.27", "2008-rwsem"
  const char* what;    // what it stands for, and what of it no axis expresses
  const char* source;  // release, mail or series
  const char* words;   // as --design takes them, on top of the default
};

struct KindInfo {
  const char* name;  // "stale-tlb"
  const char* what;  // one line
};

class Target {
 public:
  Target() = default;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;
  virtual ~Target() = default;

  virtual const char* name() const = 0;
  virtual const char* what() const = 0;
  virtual std::span<const OpInfo> ops() const = 0;
  virtual std::span<const Axis> axes() const = 0;
  virtual std::span<const Rule> rules() const = 0;
  virtual std::span<const KindInfo> kinds() const = 0;
  virtual std::span<const NamedDesign> designs() const { return {}; }
  // Names of the reach counters: each says how often a mechanism was really exercised.
  virtual std::span<const char* const> reach() const { return {}; }
  // Counts since the process began, in the order of reach().
  virtual std::span<const std::uint64_t> reach_counts() const { return {}; }
  // By axis: how often, since the process began, a task asked for its value and that was not the
  // default. What a design changes is there: campaigns turn to the programs that get to it.
  virtual std::span<const std::uint64_t> asked_counts() const { return {}; }

  // Largest number of tasks a generated program has (1..8), and of ops in set-up and in a task.
  virtual unsigned max_tasks() const { return 3; }
  virtual unsigned max_setup_ops() const { return 8; }
  virtual unsigned max_task_ops() const { return 6; }

  // Makes the world anew in the arena for one execution; runs as set-up, before the set-up ops.
  virtual void begin(Design design) = 0;
  // Runs op `op` on the calling task. Returns null, or a literal saying why it was skipped.
  virtual const char* run(unsigned op, std::span<const std::uint8_t> operands) = 0;
  // All tasks have ended: the oracles that hold at quiescence.
  virtual void finish() = 0;
};

// All targets of this build, in a fixed order (targets/registry.cc is the one place to add one).
std::span<Target* const> all_targets();
// Null if there is none of that name.
Target* find_target(std::string_view name);

}  // namespace rw

// The rw::Target "puzzles": axis `puzzle` says which, axis `twin` whether its bug is planted.
#include <array>
#include <string_view>
#include <vector>

#include "fuzz/target.h"
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"
#include "targets/puzzles/target.h"

namespace rw::puzzles {

namespace {

enum AxisIndex : std::uint8_t { kPuzzleAxis, kTwinAxis };
enum Twin : std::uint8_t { kFixed, kPlanted };

constexpr const Puzzle* kPuzzles[] = {
#define RW_PUZZLE(name) &name,
#include "targets/puzzles/puzzles.def"
#undef RW_PUZZLE
};
static_assert(std::size(kPuzzles) <= 32, "a rule's condition is a mask of 32 values");

constexpr OpInfo kOps[kRoles] = {
    {"role0", {}, false, "the puzzle's first role"},
    {"role1", {}, false, "its second, if it has one"},
    {"role2", {}, false, "its third, if it has one"},
    {"role3", {}, false, "its fourth, if it has one"},
};

constexpr const char* kCrash = "crash";

constexpr AxisValue kTwins[] = {
    {"fixed", "the twin without the bug: must stay silent"},
    {"planted", "the twin with the bug: must be found"},
};

// What the interface wants as spans, built once from the table.
class PuzzleTarget : public Target {
 public:
  PuzzleTarget() {
    for (const Puzzle* p : kPuzzles) values_.push_back({p->name, p->what});
    axes_[kPuzzleAxis] = {"puzzle", values_, true, "which puzzle"};
    axes_[kTwinAxis] = {"twin", kTwins, false, "whether its bug is planted"};
    for (std::size_t i = 0; i < std::size(kPuzzles); ++i) add_rule(static_cast<unsigned>(i));
  }

  const char* name() const override { return "puzzles"; }
  const char* what() const override {
    return "one-screen planted bugs, each with a fixed twin: the self-test of racewalk";
  }
  std::span<const OpInfo> ops() const override { return kOps; }
  std::span<const Axis> axes() const override { return axes_; }
  std::span<const Rule> rules() const override { return rules_; }
  std::span<const KindInfo> kinds() const override { return {}; }

  unsigned max_tasks() const override { return 3; }
  unsigned max_setup_ops() const override { return 0; }
  unsigned max_task_ops() const override { return 3; }

  void begin(Design design) override {
    kernel::begin_execution();
    puzzle_ = kPuzzles[design[kPuzzleAxis]];
    puzzle_->begin(design[kTwinAxis] == kPlanted);
  }

  const char* run(unsigned op, std::span<const std::uint8_t>) override {
    const Role role = puzzle_->roles[op];
    if (role == nullptr) return "this puzzle has no such role";
    const char* skipped = role();
    kernel::op_end();
    return skipped;
  }

  void finish() override {
    kernel::finish();
    if (puzzle_->finish != nullptr) puzzle_->finish();
    kernel::slab_check_leaks();
  }

 private:
  void add_rule(unsigned index) {
    const Puzzle& p = *kPuzzles[index];
    std::array<Condition, 2>& when = conditions_[index];
    when = {{{kPuzzleAxis, 1U << index}, {kTwinAxis, 1U << kPlanted}}};
    // How a dying process is classified depends on the build: a sanitizer may stop it first.
    kinds_[index] = {p.kind, std::string_view(p.kind) == kCrash ? "sanitizer" : kCrash};
    rules_.push_back({.name = p.name,
                      .verdict = RuleVerdict::wrong,
                      .when = when,
                      .because = p.what,
                      .detected_by = std::span(kinds_[index]).first(p.dies ? 2 : 1),
                      .catalogue = 0,
                      .source = "planted",
                      .tasks = p.tasks,
                      .needs_weak = false,
                      .hunt_with = {}});
  }

  std::vector<AxisValue> values_;
  std::array<Axis, 2> axes_{};
  std::array<std::array<Condition, 2>, std::size(kPuzzles)> conditions_{};
  std::array<std::array<const char*, 2>, std::size(kPuzzles)> kinds_{};
  std::vector<Rule> rules_;
  const Puzzle* puzzle_ = nullptr;
};

}  // namespace

std::span<const Puzzle* const> all_puzzles() {
  return kPuzzles;
}

Target& target() {
  static PuzzleTarget the_target;
  return the_target;
}

}  // namespace rw::puzzles

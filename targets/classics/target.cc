// The rw::Target "classics": axis `classic` says which, axis `twin` whether its bug is planted, and
// axis `threads` whether the tasks wait for a main thread that creates them, as the benchmarks' do.
#include "targets/classics/target.h"

#include <array>
#include <vector>

#include "targets/classics/classic.h"
#include "targets/kernel/kernel.h"

namespace rw::classics {

namespace {

enum AxisIndex : std::uint8_t { kClassicAxis, kTwinAxis, kThreadsAxis, kAxes };
enum Twin : std::uint8_t { kFixed, kPlanted };
enum Threads : std::uint8_t { kAtOnce, kCreated };
constexpr std::uint8_t kCreate = kRoles;  // the op after the roles

constexpr const Classic* kClassics[] = {
#define RW_CLASSIC(name) &name,
#include "targets/classics/classics.def"
#undef RW_CLASSIC
};
constexpr std::size_t kCount = std::size(kClassics);
static_assert(kCount <= 32, "a rule's condition is a mask of 32 values");

constexpr OpInfo kOps[] = {
    {"role0", {}, false, "the classic's first role"},
    {"role1", {}, false, "its second, if it has one"},
    {"role2", {}, false, "its third, if it has one"},
    {"role3", {}, false, "its fourth, if it has one"},
    {"create", {}, false, "the main thread, task 0, creates the next task (threads=created)"},
};

constexpr AxisValue kTwins[] = {
    {"fixed", "the twin without the bug: must stay silent"},
    {"planted", "the twin with the published bug"},
};

constexpr AxisValue kThreads[] = {
    {"at_once", "all tasks start at once"},
    {"created", "a task starts when task 0 has created it: the benchmark programs' own way"},
};

// Which tasks exist: task 0 creates the others in their order.
struct Creation {
  sync::atomic<std::uint32_t> created[kernel::kMaxTasks];
  sync::ghost<std::uint32_t> last;  // task 0's own affair
};

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Creation, "threads", created)

namespace rw::classics {
namespace {

Creation* make_creation() {
  auto* creation = sync::make<Creation>();
  for (auto& created : creation->created) kernel::init_word(&created, 0);
  return creation;
}

// What the interface wants as spans, built once from the table.
class ClassicTarget : public Target {
 public:
  ClassicTarget() {
    for (const Classic* c : kClassics) values_.push_back({c->name, c->what});
    axes_[kClassicAxis] = {"classic", values_, true, "which classic"};
    axes_[kTwinAxis] = {"twin", kTwins, false, "whether its bug is planted"};
    axes_[kThreadsAxis] = {"threads", kThreads, false, "how the tasks start"};
    for (std::size_t i = 0; i < kCount; ++i) add_rule(static_cast<unsigned>(i));
    rules_.push_back({.name = "created-threads",
                      .verdict = RuleVerdict::impossible,
                      .when = kWhenCreated,
                      .because = "Tasks wait for a task 0 that creates them: a drawn program may "
                                 "have none.",
                      .detected_by = {},
                      .catalogue = 0,
                      .source = "",
                      .tasks = 0,
                      .needs_weak = false,
                      .hunt_with = {}});
  }

  const char* name() const override { return "classics"; }
  const char* what() const override {
    return "well-known bugs of the literature, each with a fixed twin: a benchmark not of our own";
  }
  std::span<const OpInfo> ops() const override { return kOps; }
  std::span<const Axis> axes() const override { return axes_; }
  std::span<const Rule> rules() const override { return rules_; }
  std::span<const KindInfo> kinds() const override { return {}; }

  unsigned max_tasks() const override { return 6; }
  unsigned max_setup_ops() const override { return 0; }
  unsigned max_task_ops() const override { return 3; }

  void begin(Design design) override {
    // The published bug is the deadlock, not the lock order that foretells it.
    kernel::begin_execution({.reuse = kernel::slab_reuse::lifo, .check_lock_order = false});
    creation_ = design[kThreadsAxis] == kCreated ? make_creation() : nullptr;
    classic_ = kClassics[design[kClassicAxis]];
    classic_->begin(design[kTwinAxis] == kPlanted);
  }

  const char* run(unsigned op, std::span<const std::uint8_t>) override {
    if (op == kCreate) return create();
    if (creation_ != nullptr) await_creation();
    const Role role = classic_->roles[op];
    if (role == nullptr) return "this classic has no such role";
    const char* skipped = role();
    kernel::op_end();
    return skipped;
  }

  void finish() override {
    kernel::finish();
    if (classic_->finish != nullptr) classic_->finish();
    kernel::slab_check_leaks();
  }

 private:
  const char* create() {
    if (creation_ == nullptr) return "the tasks start at once";
    if (sync::current_task() != 0) return "task 0 creates the others";
    const unsigned next = creation_->last.get() + 1;
    if (next >= kernel::kMaxTasks) return "there are no more tasks";
    sync::operation scope("thread_create", &creation_->created[next]);
    creation_->last.set(next);
    sync::order_release(&creation_->created[next]);
    creation_->created[next].store(1, sync::order::relaxed);
    sync::notify(creation_->created[next].address(), 1);
    return nullptr;
  }

  // One step: a thread that is not there yet makes none.
  void await_creation() {
    const unsigned me = sync::current_task();
    if (me == 0) return;
    do sync::wait(creation_->created[me], std::uint32_t{0});
    while (creation_->last.get() < me);
    sync::order_acquire(&creation_->created[me]);
  }

  void add_rule(unsigned index) {
    const Classic& c = *kClassics[index];
    std::array<Condition, 2>& when = conditions_[index];
    when = {{{kClassicAxis, 1U << index}, {kTwinAxis, 1U << kPlanted}}};
    std::size_t kinds = 0;
    while (kinds < std::size(c.kinds) && c.kinds[kinds] != nullptr) ++kinds;
    unsigned threads = 0;
    for (const Team& team : c.programs.front().teams) threads += team.threads;
    rules_.push_back({.name = c.name,
                      .verdict = RuleVerdict::wrong,
                      .when = when,
                      .because = c.what,
                      .detected_by = std::span(c.kinds).first(kinds),
                      .catalogue = 0,
                      .source = c.source,
                      .tasks = threads + (c.programs.front().main >= 0 ? 1 : 0),
                      .needs_weak = std::string_view(c.memory) != "sc",
                      .hunt_with = {}});
  }

  static constexpr Condition kWhenCreated[] = {{kThreadsAxis, 1U << kCreated}};

  std::vector<AxisValue> values_;
  std::array<Axis, kAxes> axes_{};
  std::array<std::array<Condition, 2>, kCount> conditions_{};
  std::vector<Rule> rules_;
  const Classic* classic_ = nullptr;
  Creation* creation_ = nullptr;  // null: the tasks start at once
};

Benchmark benchmark_of(unsigned index, const Program& program) {
  const Classic& c = *kClassics[index];
  Benchmark b{.name = program.name,
              .target = &target(),
              .design = {static_cast<std::uint8_t>(index), kPlanted, kCreated},
              .memory = c.memory,
              .tasks = {{}},
              .kinds = {},
              .best = program.best};
  for (const char* kind : c.kinds)
    if (kind != nullptr) b.kinds.push_back(kind);
  for (const Team& team : program.teams)
    for (unsigned n = 0; n < team.threads; ++n) {
      b.tasks[0].push_back(kCreate);
      b.tasks.push_back({static_cast<std::uint8_t>(team.role)});
    }
  if (program.main >= 0) b.tasks[0].push_back(static_cast<std::uint8_t>(program.main));
  return b;
}

std::vector<Benchmark> make_benchmarks() {
  std::vector<Benchmark> all;
  for (unsigned i = 0; i < kCount; ++i)
    for (const Program& program : kClassics[i]->programs) all.push_back(benchmark_of(i, program));
  return all;
}

}  // namespace

std::span<const Classic* const> all_classics() {
  return kClassics;
}

std::span<const Benchmark> benchmarks() {
  static const std::vector<Benchmark> kAll = make_benchmarks();
  return kAll;
}

Target& target() {
  static ClassicTarget the_target;
  return the_target;
}

}  // namespace rw::classics

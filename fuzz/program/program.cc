#include "fuzz/program/program.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "fuzz/program/text_lines.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/sync/check.h"

namespace rw::program {
namespace {

using Until = exec::Segment::Until;

bool is_name_char(char c) {
  return c >= 0x20 && c <= 0x7e && c != '#' && c != ':';
}

bool same(const exec::Segment& a, const exec::Segment& b) {
  return a.task == b.task && a.until == b.until && a.op == b.op && a.visit == b.visit &&
         a.function == b.function;
}

bool same(const exec::ChoiceMade& a, const exec::ChoiceMade& b) {
  return a.task == b.task && a.op == b.op && a.visit == b.visit && a.what == b.what &&
         a.value == b.value;
}

template <typename T>
bool all_same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const T& x, const T& y) { return same(x, y); });
}

std::uint8_t modulo(std::uint8_t value, std::size_t count) {
  return static_cast<std::uint8_t>(count == 0 ? 0 : value % count);
}

void normalise_op(const Target& target, Op& op) {
  op.op = modulo(op.op, target.ops().size());
  const OpInfo& info = target.ops()[op.op];
  for (unsigned i = 0; i < kMaxOperands; ++i) {
    op.operand[i] =
        i < info.operands.size() ? modulo(op.operand[i], info.operands[i].kind->count) : 0;
  }
}

void normalise_ops(const Target& target, std::vector<Op>& ops) {
  if (target.ops().empty()) ops.clear();
  if (ops.size() > kMaxOpsPerList) ops.resize(kMaxOpsPerList);
  for (Op& op : ops) normalise_op(target, op);
}

void normalise_name(std::string& name) {
  if (name.size() > kMaxName) name.resize(kMaxName);
  for (char& c : name) {
    if (!is_name_char(c)) c = '_';
  }
  if (!name.empty() && name.front() == ' ') name.front() = '_';
  if (!name.empty() && name.back() == ' ') name.back() = '_';
}

void normalise_segment(exec::Segment& s) {
  normalise_name(s.function);
  if (s.until > Until::end || (s.until == Until::step && s.function.empty())) s.until = Until::end;
  if (s.until == Until::step) {
    s.visit = std::max<std::uint16_t>(s.visit, 1);
  } else {
    s.op = s.visit = 0;
    s.function.clear();
  }
}

void normalise_list(exec::Decisions& d, std::size_t tasks) {
  std::erase_if(d.segments, [&](const exec::Segment& s) { return s.task >= tasks; });
  std::erase_if(d.choices, [&](const exec::ChoiceMade& c) {
    return c.task >= tasks || c.value == 0 || c.what.empty();
  });
  if (d.segments.size() > kMaxSegments) d.segments.resize(kMaxSegments);
  if (d.choices.size() > kMaxChoices) d.choices.resize(kMaxChoices);
  for (exec::Segment& s : d.segments) normalise_segment(s);
  for (exec::ChoiceMade& c : d.choices) {
    normalise_name(c.what);
    c.visit = std::max<std::uint16_t>(c.visit, 1);
  }
}

void normalise_schedule(Schedule& s, std::size_t tasks) {
  if (s.form == Schedule::Form::list) {
    s.strategy = 0;
    s.seed = 0;
    s.stream.clear();
    s.steps.clear();
    normalise_list(s.decisions, tasks);
    return;
  }
  s.form = Schedule::Form::generator;
  s.decisions = {};
  s.strategy = modulo(s.strategy, schedule::strategies().size());
  if (!schedule::strategies()[s.strategy].uses_stream()) s.stream.clear();
  if (s.stream.size() > kMaxStream) s.stream.resize(kMaxStream);
  if (s.steps.size() != tasks) s.steps.clear();
}

void normalise_word(std::string& word) {
  if (!is_word(word)) word.clear();
}

// A line that text can carry in that place and give back as a remark.
bool is_remark(const Program::Remark& r) {
  const std::string& line = r.line;
  if (line.size() > kMaxRemark || r.before == 0) return false;
  for (char c : line) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
  }
  if (line.empty()) return !r.trailing;
  if (line.back() == ' ' || line.back() == '\t') return false;
  if (r.trailing) return line.front() == '#';
  const std::size_t start = line.find_first_not_of(" \t");
  if (line[start] == '#') return true;
  return is_unknown_key_line(line);
}

void normalise_remarks(std::vector<Program::Remark>& remarks) {
  std::size_t total = 0;
  std::vector<std::tuple<std::uint32_t, bool, std::size_t>> order;  // before, trailing, index
  for (std::size_t i = 0; i < remarks.size(); ++i) {
    total += remarks[i].line.size() + 1;
    if (total > kMaxRemarks) break;
    if (is_remark(remarks[i])) order.emplace_back(remarks[i].before, remarks[i].trailing, i);
  }
  std::sort(order.begin(), order.end());
  std::vector<Program::Remark> kept;
  kept.reserve(order.size());
  for (const auto& entry : order) kept.push_back(std::move(remarks[std::get<2>(entry)]));
  remarks = std::move(kept);
}

}  // namespace

Program minimal(Target& target) {
  Program p;
  p.target = &target;
  p.design.assign(target.axes().size(), 0);
  p.tasks.resize(1);
  return p;
}

void normalise(Program& p) {
  RW_CHECK(p.target != nullptr, "a program has a target");
  const std::span<const Axis> axes = p.target->axes();
  p.design.resize(axes.size(), 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    p.design[i] = modulo(p.design[i], axes[i].values.size());
  }
  if (p.memory > exec::Memory::weak_exact) p.memory = exec::Memory::sc;
  if (p.granularity > exec::Granularity::fine) p.granularity = exec::Granularity::fine;
  if (p.tasks.empty()) p.tasks.resize(1);
  if (p.tasks.size() > kMaxCodecTasks) p.tasks.resize(kMaxCodecTasks);
  normalise_ops(*p.target, p.setup);
  for (std::vector<Op>& ops : p.tasks) normalise_ops(*p.target, ops);
  normalise_schedule(p.schedule, p.tasks.size());
  normalise_word(p.expect);
  normalise_word(p.key);
  normalise_remarks(p.remarks);
}

std::string why_invalid(const Program& p) {
  if (p.target == nullptr) return "there is no target";
  Program normal = p;
  normalise(normal);
  if (normal.design != p.design) return "the design has values that do not exist";
  if (normal.memory != p.memory) return "the memory model does not exist";
  if (normal.granularity != p.granularity) return "the granularity does not exist";
  if (normal.setup != p.setup) return "set-up has ops or operands that do not exist, or too many";
  if (normal.tasks.size() != p.tasks.size()) return "there must be 1 to 8 tasks";
  if (normal.tasks != p.tasks) return "a task has ops or operands that do not exist, or too many";
  if (!(normal.schedule == p.schedule)) return "the schedule is not in normal form";
  if (normal.expect != p.expect) return "expect is not a word";
  if (normal.key != p.key) return "key is not a word";
  if (normal.remarks != p.remarks) return "a remark is neither a comment nor an unknown key";
  return "";
}

std::unique_ptr<exec::Strategy> strategy_of(const Schedule& s, const schedule::Profile* profile) {
  const auto strategies = schedule::strategies();
  RW_CHECK(s.strategy < strategies.size(), "a program names a strategy that is not there");
  return strategies[s.strategy].make(
      {.seed = s.seed, .stream = s.stream, .steps = s.steps, .profile = profile});
}

bool operator==(const Schedule& a, const Schedule& b) {
  return a.form == b.form && a.strategy == b.strategy && a.seed == b.seed && a.stream == b.stream &&
         a.steps == b.steps && all_same(a.decisions.segments, b.decisions.segments) &&
         all_same(a.decisions.choices, b.decisions.choices);
}

bool same_run(const Program& a, const Program& b) {
  return a.target == b.target && a.design == b.design && a.memory == b.memory &&
         a.granularity == b.granularity && a.setup == b.setup && a.tasks == b.tasks &&
         a.schedule == b.schedule;
}

bool operator==(const Program& a, const Program& b) {
  return same_run(a, b) && a.expect == b.expect && a.key == b.key && a.remarks == b.remarks;
}

std::size_t op_count(const Program& p) {
  std::size_t count = p.setup.size();
  for (const std::vector<Op>& ops : p.tasks) count += ops.size();
  return count;
}

bool is_list_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && name.front() != ' ' && name.back() != ' ' &&
         std::all_of(name.begin(), name.end(), is_name_char);
}

}  // namespace rw::program

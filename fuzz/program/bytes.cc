#include "fuzz/program/bytes.h"

#include <algorithm>
#include <string>

#include "fuzz/program/text_lines.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/sync/check.h"

namespace rw::program {
namespace {

using Until = exec::Segment::Until;

constexpr std::size_t kMaxNames = 255;  // in the table; an index is one byte
constexpr unsigned kUntils = 3;

// The order in bytes: zero is the benign one.
constexpr Until kUntilOf[kUntils] = {Until::end, Until::blocked, Until::step};

unsigned index_of(Until until) {
  unsigned i = 0;
  while (i < kUntils && kUntilOf[i] != until) ++i;
  RW_CHECK(i < kUntils, "a segment ends in a way that bytes do not know");
  return i;
}

class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::uint8_t byte() { return at_ < bytes_.size() ? bytes_[at_++] : 0; }
  // In [0, n); n may be 0.
  std::uint8_t below(std::size_t n) {
    const std::uint8_t b = byte();
    return static_cast<std::uint8_t>(n == 0 ? 0 : b % n);
  }
  std::uint64_t number(unsigned size) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= std::uint64_t{byte()} << (8 * i);
    return value;
  }
  std::uint16_t number16() { return static_cast<std::uint16_t>(number(2)); }

  std::string name() {
    const std::size_t index = byte() % (names_.size() + 1);
    if (index < names_.size()) return names_[index];
    std::string name(byte() % (kMaxName + 1), '\0');
    for (char& c : name) c = name_char(byte());
    if (!name.empty() && name.front() == ' ') name.front() = '_';
    if (!name.empty() && name.back() == ' ') name.back() = '_';
    if (names_.size() < kMaxNames) names_.push_back(name);
    return name;
  }

 private:
  // What may stand in a name stays; the rest is spread over the letters.
  static char name_char(std::uint8_t b) {
    const bool fits = b >= 0x20 && b <= 0x7e && b != '#' && b != ':';
    return static_cast<char>(fits ? b : 'a' + b % 26);
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::vector<std::string> names_;
};

class Writer {
 public:
  std::vector<std::uint8_t> out;

  void byte(std::size_t value) { out.push_back(static_cast<std::uint8_t>(value)); }
  void number(std::uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) byte(value >> (8 * i) & 0xffU);
  }

  void name(const std::string& name) {
    const auto known = std::find(names_.begin(), names_.end(), name);
    byte(static_cast<std::size_t>(known - names_.begin()));
    if (known != names_.end()) return;
    byte(name.size());
    for (char c : name) byte(static_cast<std::uint8_t>(c));
    if (names_.size() < kMaxNames) names_.push_back(name);
  }

 private:
  std::vector<std::string> names_;
};

std::vector<Op> read_ops(Reader& in, const Target& target) {
  std::vector<Op> ops;
  while (ops.size() < kMaxOpsPerList) {
    const std::uint8_t tag = in.byte();
    if (tag == 0 || target.ops().empty()) break;
    Op op;
    op.op = static_cast<std::uint8_t>((tag - 1U) % target.ops().size());
    const OpInfo& info = target.ops()[op.op];
    for (std::size_t i = 0; i < info.operands.size(); ++i) {
      op.operand[i] = in.below(info.operands[i].kind->count);
    }
    ops.push_back(op);
  }
  return ops;
}

void write_ops(Writer& out, const Target& target, const std::vector<Op>& ops) {
  for (const Op& op : ops) {
    out.byte(op.op + 1U);
    for (std::size_t i = 0; i < target.ops()[op.op].operands.size(); ++i) out.byte(op.operand[i]);
  }
  if (ops.size() < kMaxOpsPerList) out.byte(0);
}

void read_segments(Reader& in, std::size_t tasks, std::vector<exec::Segment>& segments) {
  while (segments.size() < kMaxSegments) {
    const std::uint8_t tag = in.byte();
    if (tag == 0) break;
    exec::Segment s;
    s.task = static_cast<std::uint8_t>((tag - 1U) % kMaxCodecTasks % tasks);
    s.until = kUntilOf[(tag - 1U) / kMaxCodecTasks % kUntils];
    if (s.until == Until::step) {
      s.op = in.number16();
      s.visit = static_cast<std::uint16_t>(std::max(1, (in.number16() + 1) & 0xffff));
      s.function = in.name();
    }
    segments.push_back(std::move(s));
  }
}

void write_segments(Writer& out, const std::vector<exec::Segment>& segments) {
  for (const exec::Segment& s : segments) {
    out.byte(1U + s.task + kMaxCodecTasks * index_of(s.until));
    if (s.until != Until::step) continue;
    out.number(s.op, 2);
    out.number(s.visit - 1U, 2);
    out.name(s.function);
  }
  if (segments.size() < kMaxSegments) out.byte(0);
}

void read_choices(Reader& in, std::size_t tasks, std::vector<exec::ChoiceMade>& choices) {
  while (choices.size() < kMaxChoices) {
    const std::uint8_t tag = in.byte();
    if (tag == 0) break;
    exec::ChoiceMade c;
    c.task = static_cast<std::uint8_t>((tag - 1U) % tasks);
    c.op = in.number16();
    c.visit = static_cast<std::uint16_t>(std::max(1, (in.number16() + 1) & 0xffff));
    c.what = in.name();
    c.value = in.number16();
    choices.push_back(std::move(c));
  }
}

void write_choices(Writer& out, const std::vector<exec::ChoiceMade>& choices) {
  for (const exec::ChoiceMade& c : choices) {
    out.byte(1U + c.task);
    out.number(c.op, 2);
    out.number(c.visit - 1U, 2);
    out.name(c.what);
    out.number(c.value, 2);
  }
  if (choices.size() < kMaxChoices) out.byte(0);
}

void read_schedule(Reader& in, std::size_t tasks, Schedule& s) {
  if (in.below(2) == 1) {
    s.form = Schedule::Form::list;
    read_segments(in, tasks, s.decisions.segments);
    read_choices(in, tasks, s.decisions.choices);
    return;
  }
  const auto strategies = schedule::strategies();
  s.strategy = in.below(strategies.size());
  s.seed = in.number(8);
  if (in.below(2) == 1) {
    s.steps.resize(tasks);
    for (std::uint16_t& n : s.steps) n = in.number16();
  }
  if (!strategies[s.strategy].uses_stream()) return;
  s.stream.resize(in.number16() % (kMaxStream + 1));
  for (std::uint8_t& b : s.stream) b = in.byte();
}

void write_schedule(Writer& out, const Schedule& s) {
  if (s.form == Schedule::Form::list) {
    out.byte(1);
    write_segments(out, s.decisions.segments);
    write_choices(out, s.decisions.choices);
    return;
  }
  out.byte(0);
  out.byte(s.strategy);
  out.number(s.seed, 8);
  out.byte(s.steps.empty() ? 0 : 1);
  for (const std::uint16_t n : s.steps) out.number(n, 2);
  if (!schedule::strategies()[s.strategy].uses_stream()) return;
  out.number(s.stream.size(), 2);
  out.out.insert(out.out.end(), s.stream.begin(), s.stream.end());
}

}  // namespace

Program decode(Target& target, std::span<const std::uint8_t> bytes) {
  RW_CHECK(target.ops().size() < 256, "an op's index and a mark fit a byte");
  Reader in(bytes);
  Program p;
  p.target = &target;
  p.design.reserve(target.axes().size());
  for (const Axis& axis : target.axes()) p.design.push_back(in.below(axis.values.size()));
  p.memory = static_cast<exec::Memory>(in.below(kMemoryNames.size()));
  p.granularity = static_cast<exec::Granularity>(in.below(2));
  p.tasks.resize(in.below(kMaxCodecTasks) + 1U);
  p.setup = read_ops(in, target);
  for (std::vector<Op>& ops : p.tasks) ops = read_ops(in, target);
  read_schedule(in, p.tasks.size(), p.schedule);
  // Entries that say nothing (no name, value 0) are not part of a program's normal form.
  if (p.schedule.form == Schedule::Form::list) normalise(p);
  return p;
}

std::vector<std::uint8_t> encode(const Program& p) {
  const std::string wrong = why_invalid(p);
  RW_CHECK(wrong.empty(), wrong.c_str());
  Writer out;
  for (std::uint8_t value : p.design) out.byte(value);
  out.byte(static_cast<unsigned>(p.memory));
  out.byte(static_cast<unsigned>(p.granularity));
  out.byte(p.tasks.size() - 1);
  write_ops(out, *p.target, p.setup);
  for (const std::vector<Op>& ops : p.tasks) write_ops(out, *p.target, ops);
  write_schedule(out, p.schedule);
  while (!out.out.empty() && out.out.back() == 0) out.out.pop_back();
  return std::move(out.out);
}

}  // namespace rw::program

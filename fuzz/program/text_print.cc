#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "fuzz/program/design.h"
#include "fuzz/program/text.h"
#include "fuzz/program/text_lines.h"
#include "fuzz/schedule/strategies.h"

namespace rw::program {
namespace {

using Part = Tag::Part;
using Until = exec::Segment::Until;

constexpr std::size_t kColumns = 100;

// Appends words to lines of at most kColumns, the first beginning with `head`, others indented.
void wrap(std::vector<Line>& lines, Part part, std::string head, std::string_view indent,
          const std::vector<std::string>& words) {
  std::string text = std::move(head);
  std::uint32_t index = 0;
  bool empty = false;  // whether the line has no word yet; a head counts as one
  for (const std::string& word : words) {
    if (text.size() + 1 + word.size() > kColumns) {
      lines.push_back({{part, 0, index++}, std::move(text)});
      text = indent;
      empty = true;
    }
    if (!empty) text += ' ';
    text += word;
    empty = false;
  }
  lines.push_back({{part, 0, index}, std::move(text)});
}

void print_design(std::vector<Line>& lines, const Program& p) {
  const std::span<const Axis> axes = p.target->axes();
  if (axes.empty()) return;
  std::vector<std::string> words;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    words.push_back(fmt::format("{}={}", axes[i].name, axes[i].values[p.design[i]].name));
  }
  wrap(lines, Part::design, "design:", "        ", words);
}

void print_ops(std::vector<Line>& lines, const Program& p) {
  if (!p.setup.empty()) {
    lines.push_back({{Part::setup, 0, 0}, "setup:"});
    for (std::uint32_t i = 0; i < p.setup.size(); ++i) {
      lines.push_back({{Part::setup_op, 0, i}, "  " + op_text(*p.target, p.setup[i])});
    }
  }
  for (std::uint32_t t = 0; t < p.tasks.size(); ++t) {
    lines.push_back({{Part::task, t, 0}, fmt::format("T{}:", t)});
    for (std::uint32_t i = 0; i < p.tasks[t].size(); ++i) {
      lines.push_back({{Part::task, t, i + 1}, "  " + op_text(*p.target, p.tasks[t][i])});
    }
  }
}

void print_generator(std::vector<Line>& lines, const Schedule& s) {
  const char* name = schedule::strategies()[s.strategy].name;
  std::string head = fmt::format("schedule: {} seed {:#x}", name, s.seed);
  if (!s.steps.empty()) head += fmt::format(" steps {}", fmt::join(s.steps, " "));
  if (s.stream.empty()) {
    lines.push_back({{Part::schedule, 0, 0}, std::move(head)});
    return;
  }
  constexpr std::size_t kWord = 24;  // bytes of the stream written as one word
  std::vector<std::string> words;
  for (std::size_t i = 0; i < s.stream.size(); i += kWord) {
    const auto begin = s.stream.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end =
        s.stream.begin() + static_cast<std::ptrdiff_t>(std::min(i + kWord, s.stream.size()));
    words.push_back(fmt::format("{:02x}", fmt::join(begin, end, "")));
  }
  wrap(lines, Part::schedule, head + " stream", "  ", words);
}

// ":visit" is left out when it is 1; the op when a reader of the list cannot but take the same.
std::string place_text(unsigned op, unsigned visit, const std::string& name, bool leave_op_out) {
  std::string text = leave_op_out ? name : fmt::format("{}:{}", op, name);
  if (visit != 1) text += fmt::format("#{}", visit);
  return text;
}

void print_list(std::vector<Line>& lines, const Program& p) {
  lines.push_back({{Part::schedule, 0, 0}, "schedule:"});
  const exec::Decisions& d = p.schedule.decisions;
  std::array<unsigned, kMaxCodecTasks> current{};  // the op a task's last line stopped in
  for (std::uint32_t i = 0; i < d.segments.size(); ++i) {
    const exec::Segment& s = d.segments[i];
    std::string until = s.until == Until::end ? "end" : "blocked";
    if (s.until == Until::step) {
      const bool leave_op_out = p.tasks[s.task].size() <= 1 && s.op == current[s.task] &&
                                s.function != "end" && s.function != "blocked";
      until = place_text(s.op, s.visit, s.function, leave_op_out);
      current[s.task] = s.op;
    }
    lines.push_back({{Part::segment, 0, i}, fmt::format("  T{} until {}", s.task, until)});
  }
  for (std::uint32_t i = 0; i < d.choices.size(); ++i) {
    const exec::ChoiceMade& c = d.choices[i];
    const bool leave_op_out = p.tasks[c.task].size() <= 1 && c.op == 0;
    lines.push_back({{Part::choice, 0, i},
                     fmt::format("  choose T{} {} = {}", c.task,
                                 place_text(c.op, c.visit, c.what, leave_op_out), c.value)});
  }
}

}  // namespace

std::string operand_text(const OperandKind& kind, unsigned value) {
  if (!kind.spellings.empty()) {
    return value < kind.spellings.size() ? kind.spellings[value] : fmt::format("?{}", value);
  }
  const std::string_view prefix = kind.prefix == nullptr ? "" : kind.prefix;
  if (prefix == "0x") {
    return kind.count > 16 ? fmt::format("0x{:02x}", value) : fmt::format("0x{:x}", value);
  }
  return fmt::format("{}{}", prefix, value);
}

std::string op_text(const Target& target, const Op& op) {
  const OpInfo& info = target.ops()[op.op];
  std::string text;
  std::size_t next = 0;
  if (info.first_is_result) {
    text = operand_text(*info.operands[0].kind, op.operand[0]) + " = ";
    next = 1;
  }
  text += info.name;
  for (; next < info.operands.size(); ++next) {
    text += ' ';
    text += operand_text(*info.operands[next].kind, op.operand[next]);
  }
  return text;
}

std::vector<Line> canonical_lines(const Program& p) {
  std::vector<Line> lines;
  lines.push_back({{Part::version, 0, 0}, std::string(kVersionLine)});
  lines.push_back({{Part::target, 0, 0}, fmt::format("target: {}", p.target->name())});
  print_design(lines, p);
  lines.push_back({{Part::memory, 0, 0},
                   fmt::format("memory: {}", kMemoryNames[static_cast<unsigned>(p.memory)])});
  if (p.granularity != exec::Granularity::coarse) {
    const std::string_view name = kGranularityNames[static_cast<unsigned>(p.granularity)];
    lines.push_back({{Part::granularity, 0, 0}, fmt::format("granularity: {}", name)});
  }
  if (!p.expect.empty()) lines.push_back({{Part::expect, 0, 0}, "expect: " + p.expect});
  if (!p.key.empty()) lines.push_back({{Part::key, 0, 0}, "key: " + p.key});
  print_ops(lines, p);
  if (p.schedule.form == Schedule::Form::list) {
    print_list(lines, p);
  } else {
    print_generator(lines, p.schedule);
  }
  return lines;
}

std::string print(const Program& p) {
  const std::string wrong = why_invalid(p);
  RW_CHECK(wrong.empty(), wrong.c_str());
  const std::vector<Line> lines = canonical_lines(p);
  std::string out;
  auto remark = p.remarks.begin();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string trailing;
    for (; remark != p.remarks.end() && remark->before <= i; ++remark) {
      if (remark->trailing) {
        trailing += "  " + remark->line;
      } else {
        out += remark->line + '\n';
      }
    }
    out += lines[i].text + trailing + '\n';
  }
  // Whatever stands behind the last line; a trailing comment there has become a line of its own.
  for (; remark != p.remarks.end(); ++remark) out += remark->line + '\n';
  return out;
}

}  // namespace rw::program

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "fuzz/program/design.h"
#include "fuzz/program/suggest.h"
#include "fuzz/program/text.h"
#include "fuzz/program/text_lines.h"
#include "fuzz/program/text_words.h"
#include "fuzz/schedule/strategies.h"

namespace rw::program {
namespace {

using Part = Tag::Part;

// Where the line after a header belongs.
enum class Section : std::uint8_t { none, design, setup, task, list, stream };

class Parser {
 public:
  Parser(std::string_view file, std::span<Target* const> targets)
      : file_(file), targets_(targets) {}

  Result<Program> parse(std::string_view text);

 private:
  // Each of these notes the first error and returns false, or does its part and returns true.
  bool split(std::string_view text);
  bool find_target();
  bool take_line();
  bool take_remark(std::string line, bool trailing);
  bool take_header(std::string_view key, std::string_view value);
  bool take_task(std::string_view key, std::string_view value);
  bool take_word(std::string_view key, std::string_view value);
  bool take_schedule(std::string_view value);
  bool take_body(std::string_view line);
  bool take_op(std::string_view line, std::vector<Op>& ops, Tag tag);
  bool take_decision(std::string_view line);
  bool take_design(std::string_view line);
  bool finish();
  bool check_list();
  void place_remarks();

  bool fail(std::string message) { return fail_at(line_ + 1, std::move(message)); }
  bool fail_at(std::size_t line, std::string message) {
    error_ = Error{std::string(file_), static_cast<unsigned>(line), std::move(message)};
    return false;
  }
  template <typename T>
  bool fail(const Result<T>& result) {
    return fail(result.error().message);
  }
  // This line of input is about `part`; remarks in front of it stay in front of it.
  void is_about(Part part, std::size_t list = 0, std::size_t index = 0) {
    tags_.push_back({part, static_cast<std::uint32_t>(list), static_cast<std::uint32_t>(index)});
  }

  struct PendingRemark {
    std::size_t tag;  // index in tags_ of the content line it stands before or at the end of
    std::string line;
    bool trailing;
  };

  std::string_view file_;
  std::span<Target* const> targets_;
  std::vector<std::string_view> lines_;
  std::size_t line_ = 0;  // index in lines_ of the line at hand
  Error error_;

  Program p_;
  Section section_ = Section::none;
  std::array<std::optional<std::vector<Op>>, kMaxCodecTasks> tasks_;
  unsigned task_ = 0;                                     // of Section::task
  std::uint32_t wrapped_ = 0;                             // lines of the design or stream so far
  std::uint16_t current_op_[kMaxCodecTasks] = {};         // see parse_segment
  std::map<std::string, std::size_t, std::less<>> seen_;  // headers: line numbers
  std::vector<std::size_t> segment_lines_, choice_lines_;
  std::vector<Tag> tags_;  // of all content lines, in the order of the input
  std::vector<PendingRemark> remarks_;
  std::size_t remark_bytes_ = 0;
};

bool Parser::split(std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    return fail_at(1, fmt::format("the file is larger than {} bytes; a .race file is a short text",
                                  kMaxTextBytes));
  }
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back(line);
    if (line.size() > kMaxTextLine) {
      return fail_at(lines_.size(),
                     fmt::format("the line is longer than {} characters; wrap it", kMaxTextLine));
    }
    for (char c : line) {
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) {
        return fail_at(lines_.size(),
                       fmt::format("the line holds byte {:#04x}; a .race file is plain text",
                                   static_cast<unsigned char>(c)));
      }
    }
  }
  if (lines_.empty() || trimmed(lines_[0]) != kVersionLine) {
    return fail_at(1, fmt::format("this is no racewalk file of version 1; the first line must be "
                                  "'{}'",
                                  kVersionLine));
  }
  return true;
}

// Everything else means something only together with the target, so it is looked for first.
bool Parser::find_target() {
  std::vector<std::string_view> names;
  for (const Target* t : targets_) names.emplace_back(t->name());
  for (line_ = 1; line_ < lines_.size(); ++line_) {
    std::string_view value;
    const std::string_view content = lines_[line_].substr(0, comment_start(lines_[line_]));
    if (key_of_line(content, &value) != "target") continue;
    for (Target* t : targets_) {
      if (value == t->name()) p_.target = t;
    }
    if (p_.target != nullptr) return true;
    return fail(
        fmt::format("there is no target {}; {}", quoted(value), instead(value, names, "targets")));
  }
  for (line_ = 1; line_ < lines_.size(); ++line_) {
    const std::string_view key = key_of_line(lines_[line_]);
    if (misspelt_key(key) == "target") {
      return fail(fmt::format("there is no key {}; did you mean 'target'?", quoted(key)));
    }
  }
  return fail_at(lines_.size(),
                 fmt::format("'target:' is missing; write 'target: NAME', targets: {}",
                             fmt::join(names, ", ")));
}

Result<Program> Parser::parse(std::string_view text) {
  if (!split(text) || !find_target()) return error_;
  p_.design = default_design(*p_.target);
  for (line_ = 1; line_ < lines_.size(); ++line_) {
    if (!take_line()) return error_;
  }
  if (!finish()) return error_;
  const std::string wrong = why_invalid(p_);
  RW_CHECK(wrong.empty(), wrong.c_str());
  return std::move(p_);
}

bool Parser::take_line() {
  const std::string_view raw = lines_[line_];
  const std::string_view line = trimmed(raw);
  if (line.empty()) return take_remark("", false);
  const std::string_view kept = raw.substr(0, raw.find_last_not_of(" \t") + 1);
  if (line.front() == '#' || is_unknown_key_line(line))
    return take_remark(std::string(kept), false);

  const std::size_t comment = comment_start(kept);
  const std::string_view content = trimmed(kept.substr(0, comment));
  const std::size_t remarks = remarks_.size();
  if (comment < kept.size() && !take_remark(std::string(kept.substr(comment)), true)) return false;
  std::string_view value;
  const std::string_view key = key_of_line(content, &value);
  if (!(key.empty() ? take_body(content) : take_header(key, value))) return false;
  RW_CHECK(remarks == remarks_.size() || remarks_.back().tag < tags_.size(),
           "a content line with a comment says what it is about");
  return true;
}

bool Parser::take_remark(std::string line, bool trailing) {
  if (line.size() > kMaxRemark) {
    return fail(fmt::format("the comment is longer than {} characters; wrap it", kMaxRemark));
  }
  remark_bytes_ += line.size() + 1;
  if (remark_bytes_ > kMaxRemarks) {
    return fail(
        fmt::format("comments, blank lines and unknown keys take more than {} characters; "
                    "write fewer",
                    kMaxRemarks));
  }
  remarks_.push_back({tags_.size(), std::move(line), trailing});
  return true;
}

bool Parser::take_header(std::string_view key, std::string_view value) {
  if (!is_known_key(key)) {
    return fail(
        fmt::format("there is no key {}; did you mean '{}'?", quoted(key), misspelt_key(key)));
  }
  const auto [first, is_new] = seen_.emplace(key, line_ + 1);
  if (!is_new) {
    return fail(
        fmt::format("a second '{}:'; the first is in line {}, keep one", key, first->second));
  }
  section_ = Section::none;
  if (key[0] == 'T') return take_task(key, value);
  if (key == "schedule") return take_schedule(value);
  if (key == "setup") {
    if (!value.empty()) return fail("behind 'setup:' stands nothing; its ops follow, one a line");
    section_ = Section::setup;
    is_about(Part::setup);
    return true;
  }
  if (key == "design") {
    section_ = Section::design;
    wrapped_ = 0;
    return take_design(value);
  }
  return take_word(key, value);
}

bool Parser::take_task(std::string_view key, std::string_view value) {
  const auto number = parse_number(key.substr(1), kMaxCodecTasks - 1);
  if (!number) {
    return fail(fmt::format("too many tasks with {}; write at most {}, T0 to T{}", quoted(key),
                            kMaxCodecTasks, kMaxCodecTasks - 1));
  }
  if (key.size() != 2)
    return fail(fmt::format("{} is no task; write 'T{}:'", quoted(key), *number));
  if (!value.empty()) {
    return fail(fmt::format("behind '{}:' stands nothing; its ops follow, one a line", key));
  }
  task_ = static_cast<unsigned>(*number);
  tasks_[task_].emplace();
  section_ = Section::task;
  is_about(Part::task, task_);
  return true;
}

// The keys whose value is one word.
bool Parser::take_word(std::string_view key, std::string_view value) {
  const auto choose = [&](const std::vector<std::string_view>& names, auto& field,
                          std::string_view plural) {
    const auto found = std::find(names.begin(), names.end(), value);
    if (found == names.end()) {
      return fail(
          fmt::format("there is no {} {}; {}", key, quoted(value), instead(value, names, plural)));
    }
    field = static_cast<std::remove_reference_t<decltype(field)>>(found - names.begin());
    return true;
  };
  if (key == "target") {
    is_about(Part::target);
    return true;
  }
  if (key == "memory") {
    is_about(Part::memory);
    return choose(kMemoryNames, p_.memory, "memory models");
  }
  if (key == "granularity") {
    is_about(Part::granularity);
    return choose(kGranularityNames, p_.granularity, "granularities");
  }
  is_about(key == "expect" ? Part::expect : Part::key);
  std::string& field = key == "expect" ? p_.expect : p_.key;
  field = value;
  if (value.empty() || !is_word(value)) {
    return fail(fmt::format(
        "{} is no value for '{}'; write one word, as in '{}'", quoted(value), key,
        key == "expect" ? "expect: use-after-free" : "key: k1-use-after-free-0123abcd"));
  }
  return true;
}

bool Parser::take_schedule(std::string_view value) {
  wrapped_ = 0;
  is_about(Part::schedule, 0, wrapped_++);
  if (value.empty()) {
    section_ = Section::list;
    p_.schedule.form = Schedule::Form::list;
    return true;
  }
  Result<Schedule> schedule = parse_generator(value);
  if (!schedule) return fail(schedule);
  p_.schedule = std::move(schedule.value());
  if (schedule::strategies()[p_.schedule.strategy].uses_stream) section_ = Section::stream;
  return true;
}

bool Parser::take_body(std::string_view line) {
  switch (section_) {
    case Section::design:
      return take_design(line);
    case Section::setup:
      return take_op(line, p_.setup, {Part::setup_op, 0, 0});
    case Section::task:
      return take_op(line, *tasks_[task_], {Part::task, task_, 1});
    case Section::list:
      return take_decision(line);
    case Section::stream: {
      is_about(Part::schedule, 0, wrapped_++);
      std::string wrong = parse_stream(line, p_.schedule.stream);
      return wrong.empty() || fail(std::move(wrong));
    }
    case Section::none:
      break;
  }
  return fail(
      fmt::format("{} stands in no section; put ops under 'setup:' or 'T0:', decisions "
                  "under 'schedule:'",
                  quoted(line)));
}

bool Parser::take_op(std::string_view line, std::vector<Op>& ops, Tag tag) {
  Result<Op> op = parse_op(*p_.target, line);
  if (!op) return fail(op);
  if (ops.size() == kMaxOpsPerList) {
    return fail(
        fmt::format("too many ops; write at most {} in set-up and in each task", kMaxOpsPerList));
  }
  is_about(tag.part, tag.list, tag.index + ops.size());
  ops.push_back(op.value());
  return true;
}

bool Parser::take_decision(std::string_view line) {
  exec::Decisions& d = p_.schedule.decisions;
  if (line.starts_with("choose ") || line.starts_with("choose\t")) {
    Result<exec::ChoiceMade> choice = parse_choice(line);
    if (!choice) return fail(choice);
    if (d.choices.size() == kMaxChoices) {
      return fail(fmt::format("too many choices; write at most {}", kMaxChoices));
    }
    is_about(Part::choice, 0, d.choices.size());
    d.choices.push_back(std::move(choice.value()));
    choice_lines_.push_back(line_ + 1);
    return true;
  }
  Result<exec::Segment> segment = parse_segment(line, current_op_);
  if (!segment) return fail(segment);
  if (d.segments.size() == kMaxSegments) {
    return fail(fmt::format("too many 'until' lines; write at most {}", kMaxSegments));
  }
  is_about(Part::segment, 0, d.segments.size());
  d.segments.push_back(std::move(segment.value()));
  segment_lines_.push_back(line_ + 1);
  return true;
}

bool Parser::take_design(std::string_view line) {
  is_about(Part::design, 0, wrapped_++);
  Result<DesignValues> design = parse_design(*p_.target, line, p_.design);
  if (!design) return fail(design);
  p_.design = std::move(design.value());
  const auto open = std::find(p_.design.begin(), p_.design.end(), kOpen);
  if (open == p_.design.end()) return true;
  const Axis& axis = p_.target->axes()[static_cast<std::size_t>(open - p_.design.begin())];
  return fail(fmt::format("a file fixes every axis, so '{}' cannot be '*'; write '{}={}'",
                          axis.name, axis.name, axis.values[0].name));
}

bool Parser::finish() {
  line_ = lines_.size() - 1;
  unsigned count = 0;
  while (count < kMaxCodecTasks && tasks_[count]) p_.tasks.push_back(std::move(*tasks_[count++]));
  for (unsigned t = count; t < kMaxCodecTasks; ++t) {
    if (!tasks_[t]) continue;
    return fail_at(seen_.find(fmt::format("T{}", t))->second,
                   fmt::format("T{} without T{}; number the tasks from T0 without gaps", t, count));
  }
  if (count == 0) return fail("'T0:' is missing; write 'T0:' and its ops below, one a line");
  if (!seen_.contains("schedule")) {
    return fail(
        "'schedule:' is missing; write 'schedule: random seed 0', or 'schedule:' and "
        "lines like 'T0 until end' below");
  }
  if (!check_list()) return false;
  place_remarks();
  return true;
}

bool Parser::check_list() {
  const std::size_t count = p_.tasks.size();
  const auto check = [&](const auto& entries, const std::vector<std::size_t>& lines) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].task < count) continue;
      return fail_at(lines[i], count == 1 ? fmt::format("there is no T{}; the only task is T0",
                                                        entries[i].task)
                                          : fmt::format("there is no T{}; the tasks are T0..T{}",
                                                        entries[i].task, count - 1));
    }
    return true;
  };
  return check(p_.schedule.decisions.segments, segment_lines_) &&
         check(p_.schedule.decisions.choices, choice_lines_);
}

// Each remark stays with the content line it stood at, wherever that is in the canonical text; if
// the canonical text has no such line, with the next one that it has.
void Parser::place_remarks() {
  const std::vector<Line> lines = canonical_lines(p_);
  const auto end = static_cast<std::uint32_t>(lines.size());
  // place[i]: canonical line of the first of tags_[i], tags_[i + 1], ... that has one.
  std::vector<std::uint32_t> place(tags_.size() + 1, end);
  std::vector<bool> exact(tags_.size() + 1, false);
  for (std::size_t i = tags_.size(); i-- > 0;) {
    const auto found =
        std::lower_bound(lines.begin(), lines.end(), tags_[i],
                         [](const Line& line, const Tag& tag) { return line.tag < tag; });
    exact[i] = found != lines.end() && found->tag == tags_[i];
    place[i] = exact[i] ? static_cast<std::uint32_t>(found - lines.begin()) : place[i + 1];
  }
  for (PendingRemark& r : remarks_) {
    p_.remarks.push_back({place[r.tag], std::move(r.line), r.trailing && exact[r.tag]});
  }
  std::vector<std::uint32_t> order;  // sections may stand in another order than canonically
  order.reserve(p_.remarks.size());
  for (const auto& r : p_.remarks) order.push_back(r.before);
  if (!std::is_sorted(order.begin(), order.end())) normalise(p_);
}

}  // namespace

Result<Program> parse(std::string_view text, std::string_view file_name,
                      std::span<Target* const> targets) {
  return Parser(file_name, targets).parse(text);
}

Result<Program> load(const std::string& path, std::span<Target* const> targets) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr)
    return Error{path, 0, fmt::format("cannot open it: {}", std::strerror(errno))};
  std::string text(kMaxTextBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file));
  const bool failed = std::ferror(file) != 0;
  const int why = errno;
  std::fclose(file);
  if (failed) return Error{path, 0, fmt::format("cannot read it: {}", std::strerror(why))};
  return parse(text, path, targets);
}

}  // namespace rw::program

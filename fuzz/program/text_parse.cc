#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "fuzz/program/design.h"
#include "fuzz/program/suggest.h"
#include "fuzz/program/text.h"
#include "fuzz/program/text_parser.h"

namespace rw::program {

bool Parser::split(std::string_view text) {
  if (text.size() > kMaxTextBytes) {
    return fail_at(1, fmt::format("the file is larger than {} bytes; a .race file is a short text",
                                  kMaxTextBytes));
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // some editors begin UTF-8 with it
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  // First of all: what is wrong with the lines of a file of another kind is of no use to anybody.
  constexpr std::string_view kAnyVersion = "# racewalk ";
  if (!trimmed(text.substr(0, text.find('\n'))).starts_with(kAnyVersion)) {
    return fail_at(1, fmt::format("this is no racewalk file of version 1; the first line must be "
                                  "'{}'",
                                  kVersionLine));
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
  if (const std::string_view first = trimmed(lines_[0]); first != kVersionLine) {
    return fail_at(1,
                   fmt::format("this file is of version {} of the format, and this racewalk reads "
                               "'{}'; run the racewalk that wrote it, or write that line and "
                               "see what else it does not know",
                               first.substr(kAnyVersion.size()), kVersionLine));
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
    return fail(fmt::format("there is no target {}; {}", in_quotes(value),
                            instead(value, names, "targets")));
  }
  for (line_ = 1; line_ < lines_.size(); ++line_) {
    const std::string_view key = key_of_line(lines_[line_]);
    if (misspelt_key(key) == "target") {
      return fail(fmt::format("there is no key {}; did you mean 'target'?", in_quotes(key)));
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
  if (const std::size_t steps = p_.schedule.steps.size(); steps != 0 && steps != count)
    return fail_at(seen_.find("schedule")->second,
                   fmt::format("'steps' has {} numbers for {} tasks; write one for each, or leave "
                               "'steps' out",
                               steps, count));
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

Result<Program> parse(std::string_view text, std::string_view file_name,
                      std::span<Target* const> targets) {
  return Parser(file_name, targets).parse(text);
}

Result<Program> load(const std::string& path, std::span<Target* const> targets) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr)
    return Error{path, 0, fmt::format("cannot open it: {}", std::strerror(errno))};
  std::string text;
  char buffer[65536];
  std::size_t n = sizeof buffer;
  for (; n == sizeof buffer && text.size() <= kMaxTextBytes; text.append(buffer, n))
    n = std::fread(buffer, 1, sizeof buffer, file);
  const bool failed = std::ferror(file) != 0;
  const int why = errno;
  std::fclose(file);
  if (failed) return Error{path, 0, fmt::format("cannot read it: {}", std::strerror(why))};
  return parse(text, path, targets);
}

}  // namespace rw::program

#include <algorithm>

#include <fmt/format.h>

#include "fuzz/program/design.h"
#include "fuzz/program/suggest.h"
#include "fuzz/program/text_parser.h"
#include "fuzz/program/text_words.h"
#include "fuzz/schedule/strategies.h"

namespace rw::program {

bool Parser::take_header(std::string_view key, std::string_view value) {
  if (!is_known_key(key)) {
    return fail(
        fmt::format("there is no key {}; did you mean '{}'?", in_quotes(key), misspelt_key(key)));
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
    return fail(fmt::format("too many tasks with {}; write at most {}, T0 to T{}", in_quotes(key),
                            kMaxCodecTasks, kMaxCodecTasks - 1));
  }
  if (key.size() != 2)
    return fail(fmt::format("{} is no task; write 'T{}:'", in_quotes(key), *number));
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
      return fail(fmt::format("there is no {} {}; {}", key, in_quotes(value),
                              instead(value, names, plural)));
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
        "{} is no value for '{}'; write one word, as in '{}'", in_quotes(value), key,
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
  if (schedule::strategies()[p_.schedule.strategy].uses_stream()) section_ = Section::stream;
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
                  in_quotes(line)));
}

namespace {

bool is_decision(std::string_view line) {
  return line.starts_with("choose ") || (line.size() > 1 && line[0] == 'T' && line[1] >= '0' &&
                                         line[1] <= '9' && line.find(" until ") != line.npos);
}

}  // namespace

bool Parser::take_op(std::string_view line, std::vector<Op>& ops, Tag tag) {
  Result<Op> op = parse_op(*p_.target, line);
  if (!op && is_decision(line))
    return fail(fmt::format("{} is a decision, not an op; write 'schedule:' above the first one",
                            in_quotes(line)));
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

}  // namespace rw::program

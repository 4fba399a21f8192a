#include "fuzz/program/text_words.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "fuzz/program/suggest.h"
#include "fuzz/program/text_lines.h"
#include "fuzz/schedule/strategies.h"

namespace rw::program {
namespace {

using Until = exec::Segment::Until;

constexpr std::uint64_t kMax16 = 0xffff;

Error error(std::string message) {
  return Error{"", 0, std::move(message)};
}

// How an op is written: "<device> = register <mm> <style>".
std::string usage(const OpInfo& info) {
  std::string text;
  std::size_t next = 0;
  if (info.first_is_result) text = fmt::format("<{}> = ", info.operands[next++].name);
  text += info.name;
  for (; next < info.operands.size(); ++next) {
    text += fmt::format(" <{}>", info.operands[next].name);
  }
  return text;
}

// What values of `kind` there are, for errors.
std::string values_text(const OperandKind& kind) {
  if (kind.count == 1) return operand_text(kind, 0);
  return operand_text(kind, 0) + ".." + operand_text(kind, kind.count - 1);
}

std::string operand_error(const Operand& operand, const OpInfo& info, std::string_view word) {
  const OperandKind& kind = *operand.kind;
  std::string advice;
  if (kind.spellings.empty()) {
    advice = "write " + values_text(kind);
  } else {
    const std::vector<std::string_view> all(kind.spellings.begin(), kind.spellings.end());
    advice = instead(word, all, "values");
  }
  return fmt::format("{} is no {} for '{}' of '{}'; {}", in_quotes(word), kind.name, operand.name,
                     info.name, advice);
}

const OpInfo* find_op(const Target& target, std::string_view name, std::uint8_t& index) {
  for (std::size_t i = 0; i < target.ops().size(); ++i) {
    if (name != target.ops()[i].name) continue;
    index = static_cast<std::uint8_t>(i);
    return &target.ops()[i];
  }
  return nullptr;
}

Error no_such_op(const Target& target, std::string_view name) {
  std::vector<std::string_view> all;
  for (const OpInfo& info : target.ops()) all.emplace_back(info.name);
  return error(fmt::format("target '{}' has no op {}; {}", target.name(), in_quotes(name),
                           instead(name, all, "ops")));
}

// "T3" -> 3.
std::optional<std::uint8_t> parse_task(std::string_view word) {
  if (word.size() != 2 || word[0] != 'T' || word[1] < '0' ||
      word[1] >= static_cast<char>('0' + kMaxCodecTasks)) {
    return std::nullopt;
  }
  return static_cast<std::uint8_t>(word[1] - '0');
}

// "2:zap_pte_range#3".
struct PlaceName {
  std::optional<std::uint16_t> op;
  std::string name;
  std::uint16_t visit = 1;
};

Result<PlaceName> parse_place(std::string_view text) {
  PlaceName place;
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    const auto op = parse_number(text.substr(0, colon), kMax16);
    if (!op) {
      return error(fmt::format("{} is no op number; write one counted from 0, as in 2:{}",
                               in_quotes(text.substr(0, colon)), "zap_pte_range"));
    }
    place.op = static_cast<std::uint16_t>(*op);
    text.remove_prefix(colon + 1);
  }
  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    const auto visit = parse_number(text.substr(hash + 1), kMax16);
    if (!visit || *visit == 0) {
      return error(fmt::format("{} is no visit; write one counted from 1, as in {}#2",
                               in_quotes(text.substr(hash + 1)), "zap_pte_range"));
    }
    place.visit = static_cast<std::uint16_t>(*visit);
    text = text.substr(0, hash);
  }
  if (!is_list_name(text)) {
    return error(
        fmt::format("{} is no name of a function or choice; write 1 to {} printable "
                    "characters without '#' and ':'",
                    in_quotes(text), kMaxName));
  }
  place.name = text;
  return place;
}

}  // namespace

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(" \t", at)) != std::string_view::npos) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t max) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (problem != std::errc() || end != text.data() + text.size() || value > max) {
    return std::nullopt;
  }
  return value;
}

std::optional<std::uint8_t> operand_value(const OperandKind& kind, std::string_view word) {
  if (!kind.spellings.empty()) {
    for (unsigned i = 0; i < kind.count && i < kind.spellings.size(); ++i) {
      if (word == kind.spellings[i]) return static_cast<std::uint8_t>(i);
    }
    return std::nullopt;
  }
  const std::string_view prefix = kind.prefix == nullptr ? "" : kind.prefix;
  if (!word.starts_with(prefix) || kind.count == 0) return std::nullopt;
  if (prefix != "0x") word.remove_prefix(prefix.size());
  if (prefix != "0x" && word.starts_with("0x")) return std::nullopt;
  const auto value = parse_number(word, kind.count - 1);
  if (!value) return std::nullopt;
  return static_cast<std::uint8_t>(*value);
}

Result<Op> parse_op(const Target& target, std::string_view line) {
  std::vector<std::string_view> words = words_of(line);
  const bool has_result = words.size() >= 2 && words[1] == "=";
  if (has_result && words.size() == 2) {
    return error(fmt::format("an op must follow {} =", in_quotes(words[0])));
  }
  const std::string_view name = words[has_result ? 2 : 0];
  Op op;
  const OpInfo* info = find_op(target, name, op.op);
  if (info == nullptr) return no_such_op(target, name);
  if (has_result != info->first_is_result) {
    return error(fmt::format("'{}' gives {} result; write {}", info->name,
                             info->first_is_result ? "a" : "no", usage(*info)));
  }
  if (has_result) {
    words.erase(words.begin() + 1, words.begin() + 3);
  } else {
    words.erase(words.begin());
  }
  if (words.size() != info->operands.size()) {
    return error(fmt::format("'{}' has {} operands, not {}; write {}", info->name,
                             info->operands.size(), words.size(), usage(*info)));
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto value = operand_value(*info->operands[i].kind, words[i]);
    if (!value) return error(operand_error(info->operands[i], *info, words[i]));
    op.operand[i] = *value;
  }
  return op;
}

Result<exec::Segment> parse_segment(std::string_view line, std::uint16_t (&current_op)[8]) {
  const std::vector<std::string_view> words = words_of(line);
  const auto task = parse_task(words[0]);
  if (!task || words.size() < 3 || words[1] != "until") {
    return error(fmt::format(
        "{} is no decision; write 'T0 until zap_pte_range', 'T0 until 2:zap_pte_range#3', "
        "'T0 until blocked', 'T0 until end' or 'choose T0 2:wake#1 = 1'",
        in_quotes(trimmed(line))));
  }
  exec::Segment segment;
  segment.task = *task;
  const auto start = static_cast<std::size_t>(words[2].data() - line.data());
  const std::string_view where = trimmed(line.substr(start));
  if (where == "end") return segment;
  if (where == "blocked") {
    segment.until = Until::blocked;
    return segment;
  }
  Result<PlaceName> place = parse_place(where);
  if (!place) return place.error();
  segment.until = Until::step;
  segment.op = place.value().op.value_or(current_op[*task]);
  segment.visit = place.value().visit;
  segment.function = std::move(place.value().name);
  current_op[*task] = segment.op;
  return segment;
}

Result<exec::ChoiceMade> parse_choice(std::string_view line) {
  const std::vector<std::string_view> words = words_of(line);
  const std::size_t equals = line.rfind('=');
  const auto task = words.size() < 2 ? std::nullopt : parse_task(words[1]);
  if (!task || words.size() < 3 || equals == std::string_view::npos) {
    return error(
        fmt::format("{} is no choice; write 'choose T0 2:wake#1 = 1'", in_quotes(trimmed(line))));
  }
  const auto start = static_cast<std::size_t>(words[2].data() - line.data());
  if (start > equals) return error("the choice has no name; write 'choose T0 2:wake#1 = 1'");
  Result<PlaceName> place = parse_place(trimmed(line.substr(start, equals - start)));
  if (!place) return place.error();
  const std::string_view word = trimmed(line.substr(equals + 1));
  const auto value = parse_number(word, kMax16);
  if (!value) return error(fmt::format("{} is no value; write 1..65535", in_quotes(word)));
  if (*value == 0) return error("value 0 is what happens without a line; leave the line out");
  exec::ChoiceMade choice;
  choice.task = *task;
  choice.op = place.value().op.value_or(0);
  choice.visit = place.value().visit;
  choice.what = std::move(place.value().name);
  choice.value = static_cast<std::uint16_t>(*value);
  return choice;
}

std::string parse_stream(std::string_view text, std::vector<std::uint8_t>& stream) {
  for (std::string_view word : words_of(text)) {
    for (std::size_t i = 0; i < word.size(); i += 2) {
      std::uint8_t byte = 0;
      const char* begin = word.data() + i;
      const std::size_t length = std::min<std::size_t>(2, word.size() - i);
      const auto [end, problem] = std::from_chars(begin, begin + length, byte, 16);
      if (length != 2 || problem != std::errc() || end != begin + 2) {
        return fmt::format("{} is no stream; write pairs of hexadecimal digits, as in 0a1f",
                           in_quotes(word));
      }
      stream.push_back(byte);
    }
    if (stream.size() > kMaxStream) {
      return fmt::format("the stream is too long; write at most {} bytes", kMaxStream);
    }
  }
  return "";
}

Result<Schedule> parse_generator(std::string_view text) {
  const std::vector<std::string_view> words = words_of(text);
  std::vector<std::string_view> names;
  for (const auto& info : schedule::strategies()) names.emplace_back(info.name);
  Schedule s;
  while (s.strategy < names.size() && names[s.strategy] != words[0]) ++s.strategy;
  if (s.strategy == names.size()) {
    return error(fmt::format("there is no strategy {}; {}", in_quotes(words[0]),
                             instead(words[0], names, "strategies")));
  }
  std::size_t next = 1;
  if (next < words.size() && words[next] == "seed") {
    const auto seed = next + 1 < words.size() ? parse_number(words[next + 1], ~0ULL) : std::nullopt;
    if (!seed) return error("after 'seed' stands a number of 64 bits, as in 'seed 0x1234'");
    s.seed = *seed;
    next += 2;
  }
  if (next < words.size() && words[next] == "steps") {
    while (++next < words.size()) {
      const auto steps = parse_number(words[next], 0xffff);
      if (!steps) break;
      s.steps.push_back(static_cast<std::uint16_t>(*steps));
    }
    if (s.steps.empty() || s.steps.size() > kMaxCodecTasks)
      return error("after 'steps' stands a number for each task, as in 'steps 40 25'");
  }
  if (next < words.size() && words[next] == "stream") {
    if (!schedule::strategies()[s.strategy].uses_stream()) {
      return error(fmt::format("'{}' reads no stream; leave it out", names[s.strategy]));
    }
    const auto after = static_cast<std::size_t>(words[next].data() + 6 - text.data());
    if (std::string wrong = parse_stream(text.substr(after), s.stream); !wrong.empty()) {
      return error(std::move(wrong));
    }
    next = words.size();
  }
  if (next < words.size()) {
    return error(fmt::format("{} means nothing here; write '{} seed 0x1234'",
                             in_quotes(words[next]), names[s.strategy]));
  }
  return s;
}

}  // namespace rw::program

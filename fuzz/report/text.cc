#include "fuzz/report/text.h"

#include <algorithm>

namespace rw::report {

namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// The length of the UTF-8 sequence that `text` begins with; 0 if it begins with none (RFC 3629).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::size_t length = byte(0) < 0x80   ? 1
                             : byte(0) < 0xc2 ? 0
                             : byte(0) < 0xe0 ? 2
                             : byte(0) < 0xf0 ? 3
                             : byte(0) < 0xf5 ? 4
                                              : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!is_continuation(text[i])) return 0;
  if (byte(0) == 0xe0 && byte(1) < 0xa0) return 0;   // longer than need be
  if (byte(0) == 0xed && byte(1) >= 0xa0) return 0;  // surrogates
  if (byte(0) == 0xf0 && byte(1) < 0x90) return 0;
  if (byte(0) == 0xf4 && byte(1) >= 0x90) return 0;  // beyond U+10FFFF
  return length;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
}

}  // namespace

std::string printable_utf8(std::string_view text) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  std::string out;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const std::string_view sequence = text.substr(0, std::max<std::size_t>(length, 1));
    const bool whole = length != 0 && !is_control(sequence[0]) && sequence != "\xEF\xBF\xBE" &&
                       sequence != "\xEF\xBF\xBF";
    out += whole ? sequence : kReplacement;
    text.remove_prefix(sequence.size());
  }
  return out;
}

std::string cut(std::string_view text, std::size_t width) {
  constexpr std::string_view kDots = "...";
  if (text.size() <= width) return std::string(text);
  const std::string_view dots = width >= kDots.size() ? kDots : std::string_view{};
  std::size_t end = width - dots.size();
  while (end > 0 && is_continuation(text[end])) --end;
  return std::string(text.substr(0, end)) + std::string(dots);
}

std::string cut_middle(std::string_view text, std::size_t width) {
  constexpr std::size_t kDots = 3, kLeastHead = 6;
  if (text.size() <= width || width < kDots + 2 * kLeastHead) return cut(text, width);
  const std::size_t tail = (width - kDots) * 3 / 5;
  std::size_t from = text.size() - tail;
  while (from < text.size() && is_continuation(text[from])) ++from;
  return cut(text, width - tail) + std::string(text.substr(from));
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  constexpr std::string_view kArrow = " -> ";
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    std::size_t blank = std::min(text.find(' '), text.size());
    if (text.substr(blank).starts_with(kArrow)) {
      const std::size_t end = std::min(text.find(' ', blank + kArrow.size()), text.size());
      if (end <= width) blank = end;
    }
    const std::string word = cut(text.substr(0, blank), width);
    text.remove_prefix(std::min(blank + 1, text.size()));
    if (word.empty()) continue;
    if (!line.empty() && line.size() + 1 + word.size() > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

std::string hanging(std::string_view label, std::string_view text, std::size_t indent,
                    std::size_t width) {
  if (label.size() + text.size() <= width) return std::string(label) + std::string(text) + "\n";
  std::string out, begin(label);
  for (const std::string& line : wrapped(text, width - std::max(label.size(), indent))) {
    out += begin + line + "\n";
    begin.assign(indent, ' ');
  }
  return out;
}

std::string listed(const std::string& label, const std::vector<std::string>& items,
                   std::size_t width) {
  std::string out, line = label;
  bool fresh = true;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool last = i + 1 == items.size();
    const std::string item = cut(items[i], width - label.size() - 1) + (last ? "" : ";");
    if (!fresh && line.size() + 1 + item.size() > width) {
      out += line + "\n";
      line.assign(label.size(), ' ');
      fresh = true;
    }
    line += (fresh ? "" : " ") + item;
    fresh = false;
  }
  return out + line + "\n";
}

}  // namespace rw::report

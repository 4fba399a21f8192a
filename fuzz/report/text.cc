#include "fuzz/report/text.h"

namespace rw::report {

namespace {

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

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
  std::vector<std::string> lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t blank = std::min(text.find(' '), text.size());
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

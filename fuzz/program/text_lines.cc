#include "fuzz/program/text_lines.h"

#include <algorithm>
#include <array>

#include "fuzz/program/suggest.h"

namespace rw::program {
namespace {

constexpr std::array<std::string_view, 16> kKnownKeys = {
    "target", "design", "memory", "granularity", "expect", "key", "setup", "schedule",
    "T0",     "T1",     "T2",     "T3",          "T4",     "T5",  "T6",    "T7"};

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

}  // namespace

const std::vector<std::string_view> kMemoryNames = {"sc", "weak", "lkmm", "weak-exact"};
const std::vector<std::string_view> kGranularityNames = {"coarse", "fine"};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::size_t comment_start(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) return i;
  }
  return line.size();
}

bool is_word(std::string_view word) {
  return word.size() <= kMaxName && std::all_of(word.begin(), word.end(), is_key_char);
}

std::string_view key_of_line(std::string_view line, std::string_view* value) {
  line = trimmed(line);
  const auto end = std::find_if_not(line.begin(), line.end(), is_key_char);
  const auto length = static_cast<std::size_t>(end - line.begin());
  if (length == 0 || end == line.end() || *end != ':') return {};
  const std::string_view rest = line.substr(length + 1);
  if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') return {};
  if (value != nullptr) *value = trimmed(rest);
  return line.substr(0, length);
}

bool is_known_key(std::string_view key) {
  if (key.size() > 1 && key[0] == 'T' &&
      key.find_first_not_of("0123456789", 1) == std::string_view::npos) {
    return true;
  }
  return std::find(kKnownKeys.begin(), kKnownKeys.end(), key) != kKnownKeys.end();
}

std::string_view misspelt_key(std::string_view key) {
  return is_known_key(key) ? std::string_view() : nearest(key, kKnownKeys);
}

bool is_unknown_key_line(std::string_view line) {
  const std::string_view key = key_of_line(line);
  return !key.empty() && !is_known_key(key) && misspelt_key(key).empty();
}

}  // namespace rw::program

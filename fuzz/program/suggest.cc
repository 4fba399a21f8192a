#include "fuzz/program/suggest.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace rw::program {
namespace {

constexpr std::size_t kLongestWord = 64;
constexpr std::size_t kLongestQuote = 40;
constexpr std::size_t kLongestList = 1000;  // characters

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

unsigned edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kLongestWord);
  b = b.substr(0, kLongestWord);
  // Three rows of the table: a swap of neighbours looks two back.
  std::array<std::array<unsigned, kLongestWord + 1>, 3> rows{};
  for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<unsigned>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto& now = rows[i % 3];
    const auto& before = rows[(i + 2) % 3];
    const auto& two_before = rows[(i + 1) % 3];
    now[0] = static_cast<unsigned>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      now[j] = std::min({before[j] + 1, now[j - 1] + 1, before[j - 1] + (same ? 0U : 1U)});
      if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
          lower(a[i - 2]) == lower(b[j - 1])) {
        now[j] = std::min(now[j], two_before[j - 2] + 1);
      }
    }
  }
  return rows[a.size() % 3][b.size()];
}

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.size() > kLongestWord) return {};
  const std::size_t limit = std::max<std::size_t>(1, (word.size() + 1) / 3);
  std::string_view best;
  std::size_t best_distance = limit + 1;
  for (std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    // All letters wrong is no misspelling, however short the word.
    if (distance >= best_distance || distance >= std::max(word.size(), candidate.size())) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

std::string instead(std::string_view word, std::span<const std::string_view> candidates,
                    std::string_view plural) {
  const std::string_view best = nearest(word, candidates);
  if (!best.empty()) return fmt::format("did you mean '{}'?", best);
  if (candidates.empty()) return fmt::format("there are no {}", plural);
  std::string list;
  for (const std::string_view candidate : candidates) {
    if (list.size() + candidate.size() > kLongestList)
      return fmt::format("{}: {}, ... ({} in all)", plural, list, candidates.size());
    list += (list.empty() ? "" : ", ") + std::string(candidate);
  }
  return fmt::format("{}: {}", plural, list);
}

std::string in_quotes(std::string_view word) {
  std::string out = "'";
  for (char c : word.substr(0, kLongestQuote)) {
    if (c >= 0x20 && c <= 0x7e) {
      out += c;
    } else {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  if (word.size() > kLongestQuote) out += "...";
  return out + "'";
}

}  // namespace rw::program

#include "fuzz/verdict/key.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace rw::verdict {

namespace {

constexpr std::string_view kVersion = "k1-";
constexpr std::size_t kDigits = 8;

std::vector<std::string> parts_of(const exec::Failure& failure) {
  std::vector<std::string> parts;
  for (const std::string& part : failure.parts) parts.push_back(normalise(part));
  if (!failure.symmetric) return parts;
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  return parts;
}

bool is_lower_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}
bool is_kind_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

}  // namespace

std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

std::string key_of(const exec::Failure& failure) {
  std::string hashed = failure.kind + '\0';
  for (const std::string& part : parts_of(failure)) hashed += part + '\0';
  return fmt::format("{}{}-{:08x}", kVersion, failure.kind,
                     static_cast<std::uint32_t>(fnv1a(hashed)));
}

std::string_view kind_of_key(std::string_view key) {
  if (!key.starts_with(kVersion)) return {};
  key.remove_prefix(kVersion.size());
  if (key.size() < kDigits + 2) return {};
  const std::string_view kind = key.substr(0, key.size() - kDigits - 1);
  const std::string_view digits = key.substr(kind.size() + 1);
  const bool formed = key[kind.size()] == '-' &&
                      std::all_of(digits.begin(), digits.end(), is_lower_hex) &&
                      std::all_of(kind.begin(), kind.end(), is_kind_letter);
  return formed ? kind : std::string_view{};
}

bool is_key(std::string_view text) {
  return !kind_of_key(text).empty();
}

std::string title_of(const exec::Failure& failure) {
  // Of these kinds the first part is what it happened to.
  const bool first_is_place = failure.kind == "data-race" || failure.kind == "use-after-free" ||
                              failure.kind == "double-free" || failure.kind == "uninitialised-read";
  const std::string place =
      first_is_place && failure.parts.size() > 1 ? normalise(failure.parts.front()) : std::string();
  std::string functions, fields;
  for (const std::string& part : parts_of(failure)) {
    if (part.empty()) continue;
    // Functions have no dot; "vma.anon_vma" is a field.
    const bool is_field = part == place || (place.empty() && part.find('.') != std::string::npos);
    std::string& list = is_field ? fields : functions;
    if (!list.empty()) list += " / ";
    list += part;
  }
  std::string title = failure.kind;
  if (!functions.empty()) title += ": " + functions;
  if (!fields.empty()) title += (functions.empty() ? ": " : " on ") + fields;
  return title;
}

}  // namespace rw::verdict

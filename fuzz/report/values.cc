#include "fuzz/report/values.h"

#include <fmt/format.h>

#include <cctype>

#include "fuzz/memory/arena.h"

namespace rw::report {

namespace {

constexpr std::uint64_t kTagBits = 3;
constexpr std::uint32_t kLargestObject = 4096;  // bytes; farther from its start is another thing

bool is_pointer(std::uint64_t value) {
  return value >= memory::kArenaBase && value - memory::kArenaBase < memory::kObjectBytes;
}

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

}  // namespace

Values::Values(const exec::Trace& trace) {
  for (const exec::Event& e : trace.events) {
    if (e.kind == exec::EventKind::born && e.location != 0)
      objects_[e.location] = object_of(e.object);
    if (is_pointer(e.before) || is_pointer(e.after)) pointers_.insert(e.location);
  }
}

std::string Values::show(std::uint64_t value, std::uint32_t location) const {
  if (value == 0 && pointers_.contains(location)) return "NULL";
  if (is_pointer(value)) {
    const auto offset = static_cast<std::uint32_t>(value - memory::kArenaBase);
    const std::uint64_t tag = offset & kTagBits;
    const auto plain = static_cast<std::uint32_t>(offset - tag);
    auto at = objects_.upper_bound(plain);
    if (at == objects_.begin()) return "pointer";
    --at;
    const std::uint32_t inside = plain - at->first;
    if (inside >= kLargestObject) return "pointer";
    std::string text = at->second;
    if (inside != 0) text += fmt::format("+{:#x}", inside);
    if (tag != 0) text += fmt::format("|{}", tag);
    return text;
  }
  if (memory::is_foreign_pointer(value)) return "pointer";
  const bool negative64 = value >> 32 == 0xffffffff;
  const bool negative32 = value >= 0xffff0000 && value <= 0xffffffff;
  if (negative64 || negative32) return fmt::format("{}", static_cast<std::int32_t>(value));
  return value < 100'000 ? fmt::format("{}", value) : fmt::format("{:#x}", value);
}

std::string Values::before(const exec::Event& e) const {
  return e.before_words.empty() ? show(e.before, e.location) : e.before_words;
}

std::string Values::after(const exec::Event& e) const {
  return e.after_words.empty() ? show(e.after, e.location) : e.after_words;
}

std::string Values::change(const exec::Event& e) const {
  return before(e) + " -> " + after(e);
}

std::string object_of(const std::string& name) {
  return name.substr(0, name.find('.'));
}

bool mentions(const std::string& text, const std::string& name) {
  if (name.empty()) return false;
  for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    const bool begins = at == 0 || !is_name(text[at - 1]);
    const bool ends = end == text.size() || !is_name(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace rw::report

// What differs between two runs, two builds or two library versions is taken out of a part.
#include <cctype>

#include "fuzz/verdict/key.h"

namespace rw::verdict {

namespace {

bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Index just behind the bracket that closes the one at `open`; npos if none does.
std::size_t behind_match(std::string_view s, std::size_t open, char opening, char closing) {
  int depth = 0;
  for (std::size_t i = open; i < s.size(); ++i) {
    if (s[i] == opening) ++depth;
    if (s[i] == closing && --depth == 0) return i + 1;
  }
  return std::string_view::npos;
}

// Where the identifier `operator` of an operator function stands; npos if there is none.
std::size_t find_operator(std::string_view s) {
  constexpr std::string_view kWord = "operator";
  const std::size_t at = s.rfind(kWord);
  if (at == std::string_view::npos || at + kWord.size() >= s.size()) return std::string_view::npos;
  const bool begins = at == 0 || !is_name(s[at - 1]);
  return begins && !is_name(s[at + kWord.size()]) ? at : std::string_view::npos;
}

// "operator()(int) const" -> "operator()", "operator<(const T&)" -> "operator<".
std::string operator_name(std::string_view s) {
  const std::size_t from = s.starts_with("operator()") ? 10 : 8;
  return std::string(s.substr(0, std::min(s.find('(', from), s.size())));
}

// Template arguments and argument lists go, "(anonymous namespace)" too. Of a whole signature
// (there was an argument list) only the function stays.
std::string without_arguments(std::string_view s) {
  std::string out;
  bool signature = false;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const bool after_name = i > 0 && is_name(s[i - 1]);
    const bool after_template = i > 0 && s[i - 1] == '>';
    if (s[i] == '<' && after_name) {
      const std::size_t behind = behind_match(s, i, '<', '>');
      if (behind != std::string_view::npos) {
        i = behind - 1;
        continue;
      }
    }
    if (s[i] == '(') {
      const std::size_t behind = behind_match(s, i, '(', ')');
      if (behind != std::string_view::npos && s.substr(behind).starts_with("::")) {
        i = behind + 1;
        continue;
      }
      if (behind != std::string_view::npos && (after_name || after_template)) {
        signature = true;
        break;  // what follows an argument list (const, noexcept) says nothing
      }
    }
    out += s[i];
  }
  if (signature) {
    const std::size_t space = out.find_last_of(" *&");
    if (space != std::string::npos) out.erase(0, space + 1);
  }
  return out;
}

// "rw::v1::mm::zap" -> "zap", at each place where names are chained.
std::string without_namespaces(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    if (s[i] == ':' && i + 1 < s.size() && s[i + 1] == ':') {
      while (!out.empty() && is_name(out.back())) out.pop_back();
      ++i;
    } else {
      out += s[i];
    }
  }
  return out;
}

// Object numbers ("#3"), addresses and free-standing numbers go; digits inside a name stay.
std::string without_numbers(std::string_view s) {
  std::string out;
  for (std::size_t i = 0; i < s.size(); ++i) {
    const bool inside_name = !out.empty() && is_name(out.back());
    if (s[i] == '#' && i + 1 < s.size() && is_digit(s[i + 1])) continue;
    if (is_digit(s[i]) && !inside_name) {
      while (i + 1 < s.size() && is_name(s[i + 1])) ++i;
      continue;
    }
    if (is_digit(s[i]) && i > 0 && s[i - 1] == '#') {
      while (i + 1 < s.size() && is_digit(s[i + 1])) ++i;
      continue;
    }
    out += s[i];
  }
  return out;
}

std::string with_single_spaces(std::string_view s) {
  std::string out;
  for (const char c : s) {
    const char shown = std::isspace(static_cast<unsigned char>(c)) != 0 ? ' ' : c;
    if (shown == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += shown;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string normalise(std::string_view part) {
  // A compiler's list of template arguments behind a signature: "f(T) [T = int]".
  part = part.substr(0, std::min(part.find(" ["), part.size()));
  const std::size_t op = find_operator(part);
  if (op != std::string_view::npos) return operator_name(part.substr(op));
  return with_single_spaces(without_numbers(without_namespaces(without_arguments(part))));
}

}  // namespace rw::verdict

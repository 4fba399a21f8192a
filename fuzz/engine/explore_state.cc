#include "fuzz/engine/explore_state.h"

#include <fmt/format.h>

#include <sstream>

#include "fuzz/engine/files.h"
#include "fuzz/sync/check.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

constexpr std::string_view kFirstLine = "# racewalk exploration 2";
constexpr std::string_view kEnd = "end ";
constexpr std::size_t kMostBinary = std::size_t{1} << 30;  // bytes of our own program

std::uint64_t build_of_this() {
  FileError error;
  const auto binary = read_whole(own_program(), error, kMostBinary);
  RW_CHECK(binary.has_value(), "the running program cannot be read");
  return verdict::fnv1a(*binary);
}

// The text without its last line, if that holds the sum of what is before it.
bool whole(std::string_view text, std::string_view& body) {
  const std::size_t at = text.rfind(kEnd);
  if (at == std::string_view::npos || (at != 0 && text[at - 1] != '\n')) return false;
  body = text.substr(0, at);
  return text.substr(at) == fmt::format("{}{:016x}\n", kEnd, verdict::fnv1a(body));
}

}  // namespace

ExploreSubject explore_subject(std::string_view program_text, unsigned preemptions) {
  const std::string all = fmt::format("{}\n{}", preemptions, program_text);
  return {verdict::fnv1a(all), build_of_this()};
}

std::string print_state(const ExploreSubject& subject, const Exploration& so_far) {
  std::string text =
      fmt::format("{}\nprogram {}\nbuild {}\ncounts {} {} {} {} {} {} {} {}\nbounds {} {}\n",
                  kFirstLine, subject.program, subject.build, so_far.executions, so_far.repeated,
                  so_far.impossible, so_far.cut_off, so_far.steps, so_far.parts,
                  int(so_far.held_back), int(so_far.limited), so_far.within, so_far.covered);
  for (const std::string& search : so_far.rest) text += search;
  return text + fmt::format("{}{:016x}\n", kEnd, verdict::fnv1a(text));
}

bool parse_state(std::string_view text, const ExploreSubject& subject, Exploration& so_far,
                 std::string& error) {
  so_far = {};
  if (!text.starts_with(kFirstLine)) {
    error = "it is no state of an exploration of this version";
    return false;
  }
  std::string_view body;
  if (!whole(text, body)) {
    error = "it has been cut short or changed";
    return false;
  }
  std::istringstream lines{std::string(body)};
  std::string line, program, build, counts, bounds;
  ExploreSubject of;
  std::getline(lines, line);
  lines >> program >> of.program >> build >> of.build >> counts >> so_far.executions >>
      so_far.repeated >> so_far.impossible >> so_far.cut_off >> so_far.steps >> so_far.parts >>
      so_far.held_back >> so_far.limited >> bounds >> so_far.within >> so_far.covered;
  std::getline(lines, line);
  if (!lines || program != "program" || build != "build" || counts != "counts" ||
      bounds != "bounds") {
    error = "it is no state of an exploration of this version";
    return false;
  }
  if (of.program != subject.program) {
    error = "it is of another program, memory model, granularity or bound";
    return false;
  }
  if (of.build != subject.build) {
    error = "it is of another build of racewalk";
    return false;
  }
  while (std::getline(lines, line)) {
    if (line.starts_with("search ")) so_far.rest.emplace_back();
    if (!so_far.rest.empty()) so_far.rest.back() += line + "\n";
  }
  for (const std::string& search : so_far.rest)
    if (!schedule::Exhaustive().load(search) || so_far.rest.size() > so_far.parts) {
      error = "a search in it cannot be read";
      return false;
    }
  return true;
}

}  // namespace rw::engine

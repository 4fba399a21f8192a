#include "fuzz/report/emitted.h"

#include <fmt/format.h>

#include "fuzz/report/text.h"

namespace rw::report {

namespace {

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// What ends a raw string with this delimiter must not be in the text.
std::string delimiter_for(const std::string& text) {
  std::string delimiter;
  while (text.find(")" + delimiter + "\"") != std::string::npos) delimiter += "race";
  return delimiter;
}

constexpr const char* kTest = R"test(// {title}
//
// Replays one interleaving, step by step: fails while the bug is there, passes once it is gone.
// Written by `racewalk emit-test`; the program's language is described in docs/race-format.md.
#include <gtest/gtest.h>

#include <iostream>

#include "fuzz/replay.h"

namespace {{

constexpr const char* kProgram = R"{delimiter}({program}){delimiter}";

TEST({suite}, {name}) {{
  const rw::Replay replay = rw::replay(kProgram, "{key}");
  EXPECT_TRUE(replay.passed()) << replay.report();
  // A fix may take steps away that the schedule names. Then this test shows less than it did.
  if (replay.passed() && !replay.divergence.empty()) {{
    RecordProperty("diverged", replay.divergence);
    std::cout << "The schedule could not be followed to its end: " << replay.divergence << "\n";
  }}
}}

}}  // namespace
)test";

}  // namespace

std::string camel_case(const std::string& words) {
  std::string out;
  bool starts = true;
  for (const char c : words) {
    const bool part = is_letter_or_digit(c);
    if (part) out += starts && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    starts = !part;
  }
  return out;
}

std::string emit_test(const TestToEmit& test) {
  // A title is one line of a comment; a backslash at its end would draw in the next.
  std::string title = cut(printable_utf8(test.title), 96);
  for (char& c : title)
    if (c == '\\' || c == '\n') c = ' ';
  return fmt::format(fmt::runtime(kTest), fmt::arg("title", title),
                     fmt::arg("delimiter", delimiter_for(test.program)),
                     fmt::arg("program", test.program),
                     fmt::arg("suite", "Repro" + camel_case(test.target)),
                     fmt::arg("name", camel_case(test.key)), fmt::arg("key", test.key));
}

}  // namespace rw::report

#include "fuzz/report/mermaid.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>

#include "fuzz/report/story.h"

namespace rw::report {
namespace {

using exec::EventKind;

// The part of Mermaid's grammar that is used, line by line: sequenceDiagram.jison, version 11.
std::vector<std::string> mistakes_in(const std::string& text) {
  // Behind ':' all but ';' and '#', which are written as entities.
  static const std::string kText = R"((?:[^;#\n]|#[a-z0-9]+;)+)";
  static const std::regex kParticipant("  participant (T[0-9]+) as " + kText);
  static const std::regex kNote("  Note over T[0-9]+(?:,T[0-9]+)?: " + kText);
  static const std::regex kArrow("  (T[0-9]+)->>(T[0-9]+): " + kText);
  static const std::regex kActivate("  (activate|deactivate) (T[0-9]+)");
  std::vector<std::string> mistakes;
  std::map<std::string, int> active;
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  if (line != "sequenceDiagram") mistakes.push_back(line);
  while (std::getline(lines, line)) {
    std::smatch match;
    if (std::regex_match(line, match, kActivate)) {
      active[match[2]] += match[1] == "activate" ? 1 : -1;
      if (active[match[2]] < 0) mistakes.push_back("an inactive participant: " + line);
    } else if (!std::regex_match(line, kParticipant) && !std::regex_match(line, kNote) &&
               !std::regex_match(line, kArrow)) {
      mistakes.push_back(line);
    }
  }
  return mistakes;
}

Story hand_over() {
  Story s;
  s.op(0, "a; end");
  s.trace.events.back().clock = {1, 0};
  s.op(1, "b <i>");
  s.trace.events.back().clock = {0, 1};
  s.lock(0, "spin_lock", "x#1.lock");
  s.change(0, "x#1.count", 0, 1);
  s.unlock(0, "spin_unlock", "x#1.lock");
  for (exec::Event& e : s.trace.events)
    if (e.task == 0) e.clock = {1, 0};
  s.trace.events[s.trace.events.size() - 2].clock = {2, 0};
  s.trace.events.back().clock = {2, 0};
  s.lock(1, "spin_lock", "x#1.lock");
  for (exec::Event& e : s.trace.events)
    if (e.task == 1 && e.kind != EventKind::op_begin && e.kind != EventKind::operation_begin)
      e.clock = {1, 1};
    else if (e.task == 1)
      e.clock = {0, 1};
  s.change(1, "x#1.count", 1, 2);
  s.trace.events.back().clock = {1, 1};
  s.note(1, "end");
  s.trace.events.back().clock = {1, 1};
  return s;
}

std::string drawn(const Story& s) {
  Run run;
  run.trace = &s.trace;
  return mermaid(run);
}

TEST(Mermaid, ShowsNotesHoldsAndHandOvers) {
  const std::string text = drawn(hand_over());
  EXPECT_EQ(text, R"(sequenceDiagram
  participant T0 as T0 a#59; end
  participant T1 as T1 b #lt;i#gt;
  activate T0
  Note over T0: spin_lock x#35;1.lock
  Note over T0: x#35;1.count 0 -#gt; 1
  deactivate T0
  Note over T0: spin_unlock x#35;1.lock
  T0->>T1: x#35;1.lock
  activate T1
  Note over T1: spin_lock x#35;1.lock
  Note over T1: x#35;1.count 1 -#gt; 2
  Note over T1: (end)
)");
  EXPECT_EQ(mistakes_in(text), std::vector<std::string>{});
}

TEST(Mermaid, TheCheckOfTheGrammarFindsMistakes) {
  EXPECT_EQ(mistakes_in("sequenceDiagram\n  Note over T0: a;b\n").size(), 1u);
  EXPECT_EQ(mistakes_in("sequenceDiagram\n  Note over T0: page#1\n").size(), 1u);
  EXPECT_EQ(mistakes_in("sequenceDiagram\n  deactivate T0\n").size(), 1u);
}

TEST(Mermaid, ALongRunStaysWithinWhatMermaidTakes) {
  Story s;
  s.op(0, "count");
  s.op(1, "count");
  for (unsigned i = 0; i < 5000; ++i) s.change(i % 2, "x#1.count", i, i + 1);
  const std::string text = drawn(s);
  EXPECT_LT(text.size(), 50'000u);
  EXPECT_NE(text.find("4800 rows left out"), std::string::npos);
  EXPECT_EQ(mistakes_in(text), std::vector<std::string>{});
}

}  // namespace
}  // namespace rw::report

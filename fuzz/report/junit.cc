#include "fuzz/report/junit.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz/report/text.h"

namespace rw::report {

namespace {

struct Counts {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;

  void add(const Case& c) {
    ++tests;
    failures += c.outcome == Case::Outcome::failed && !c.error ? 1 : 0;
    errors += c.error ? 1 : 0;
    skipped += c.outcome == Case::Outcome::skipped ? 1 : 0;
    seconds += c.seconds;
  }
  std::string attributes() const {
    return fmt::format(R"(tests="{}" failures="{}" errors="{}" skipped="{}" time="{:.3f}")", tests,
                       failures, errors, skipped, seconds);
  }
};

std::string element(const Case& c) {
  std::string out = fmt::format(R"(    <testcase classname="racewalk.{}" name="{}" time="{:.3f}">)",
                                xml_escaped(c.target->name()), xml_escaped(c.name), c.seconds) +
                    "\n";
  if (c.error)
    out += fmt::format("      <error type=\"unreadable\" message=\"{}\"/>\n", xml_escaped(c.why));
  else if (c.outcome == Case::Outcome::failed)
    out += fmt::format(R"(      <failure type="{}" message="{}">{}</failure>)",
                       xml_escaped(c.finding ? c.finding->failure.kind : "no-failure"),
                       xml_escaped(c.why), xml_escaped(picture_of(c))) +
           "\n";
  if (c.outcome == Case::Outcome::skipped)
    out += fmt::format("      <skipped message=\"{}\"/>\n", xml_escaped(c.why));
  std::string said = c.finding ? c.finding->summary : "";
  if (c.outcome == Case::Outcome::passed && !c.why.empty()) said = c.why + "\n" + said;
  if (!said.empty()) out += fmt::format("      <system-out>{}</system-out>\n", xml_escaped(said));
  return out + "    </testcase>\n";
}

}  // namespace

std::string xml_escaped(std::string_view text) {
  std::string out;
  for (const char c : printable_utf8(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string junit(const CiReport& report) {
  std::vector<const Target*> targets;
  Counts all;
  for (const Case& c : report.cases) {
    all.add(c);
    if (std::find(targets.begin(), targets.end(), c.target) == targets.end())
      targets.push_back(c.target);
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites name=\"racewalk {}\" {}>\n", xml_escaped(report.command),
                     all.attributes());
  for (const Target* target : targets) {
    Counts counts;
    std::string cases;
    for (const Case& c : report.cases) {
      if (c.target != target) continue;
      counts.add(c);
      cases += element(c);
    }
    out += fmt::format("  <testsuite name=\"{}\" {}>\n{}  </testsuite>\n",
                       xml_escaped(target->name()), counts.attributes(), cases);
  }
  return out + "</testsuites>\n";
}

}  // namespace rw::report

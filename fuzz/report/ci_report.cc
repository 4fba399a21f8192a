#include "fuzz/report/ci_report.h"

#include <algorithm>

#include "fuzz/report/summary.h"

namespace rw::report {

#define RW_CI_FORMAT(name, option, sink, help) std::string name(const CiReport& report);
#include "fuzz/report/ci_formats.def"
#undef RW_CI_FORMAT

namespace {

constexpr CiFormat kFormats[] = {
#define RW_CI_FORMAT(name, option, sink, help) {option, help, CiSink::sink, name},
#include "fuzz/report/ci_formats.def"
#undef RW_CI_FORMAT
};

}  // namespace

std::span<const CiFormat> ci_formats() {
  return kFormats;
}

std::string picture_of(const Case& c) {
  if (!c.finding) return "";
  const bool saved = c.trace.events.empty() && !c.finding->summary.empty();
  if (saved) return c.finding->summary;
  Summary s;
  s.failure = &c.finding->failure;
  s.trace = c.trace.events.empty() ? nullptr : &c.trace;
  s.key = c.finding->key;
  return summary(s);
}

std::size_t count(const CiReport& report, Case::Outcome outcome) {
  return static_cast<std::size_t>(
      std::count_if(report.cases.begin(), report.cases.end(),
                    [&](const Case& c) { return c.outcome == outcome; }));
}

}  // namespace rw::report

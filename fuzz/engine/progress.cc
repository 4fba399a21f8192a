#include "fuzz/engine/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace rw::engine {

std::string short_number(double value) {
  if (value >= 1e9) return fmt::format("{:.1f} G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.1f} M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.1f} k", value / 1e3);
  return fmt::format("{:.0f}", value);
}

std::string progress_line(const ProgressNumbers& now, const ProgressNumbers& before) {
  const double seconds = std::max(now.seconds - before.seconds, 1e-3);
  const auto rate = [seconds](std::uint64_t later, std::uint64_t earlier) {
    return short_number(later < earlier ? 0 : static_cast<double>(later - earlier) / seconds);
  };
  // Neither is counted by every job: a plain build has no edges, threads no orderings.
  const auto counted = [](std::uint64_t n, const char* what) {
    return n == 0 ? std::string() : fmt::format("  {} {}", n, what);
  };
  return fmt::format("{:5.0f} s  {} executions  {}/s  {} steps/s{}{}  {} finding{}  {}",
                     now.seconds, now.executions, rate(now.executions, before.executions),
                     rate(now.steps, before.steps), counted(now.edges, "edges"),
                     counted(now.orderings, "orderings"), now.findings,
                     now.findings == 1 ? "" : "s", now.job);
}

ProgressLine::ProgressLine(std::FILE* stream)
    : stream_(stream),
      terminal_(stream != nullptr && ::isatty(::fileno(stream)) == 1),
      interval_(terminal_ ? 0.5 : 10) {
  next_ = interval_;
}

ProgressLine::~ProgressLine() {
  if (line_open_) std::fputc('\n', stream_);
}

void ProgressLine::print(const ProgressNumbers& now) {
  if (stream_ == nullptr) return;
  const std::string line = progress_line(now, before_);
  if (terminal_)
    std::fprintf(stream_, "\r\033[K%s", line.c_str());
  else
    std::fprintf(stream_, "%s\n", line.c_str());
  line_open_ = terminal_;
  std::fflush(stream_);
  before_ = now;
}

void ProgressLine::update(const ProgressNumbers& now) {
  if (now.seconds < next_) return;
  print(now);
  next_ = now.seconds + interval_;
}

void ProgressLine::finish(const ProgressNumbers& now) {
  before_ = {};  // the last line gives the whole campaign's rates
  print(now);
  if (line_open_) std::fputc('\n', stream_);
  line_open_ = false;
}

void ProgressLine::say(std::string_view text) {
  if (stream_ == nullptr) return;
  if (line_open_) std::fputs("\r\033[K", stream_);
  line_open_ = false;
  std::fwrite(text.data(), 1, text.size(), stream_);
  std::fflush(stream_);
}

}  // namespace rw::engine

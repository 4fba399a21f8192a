// The live line of a campaign.
//
//    42 s  1834512 executions  43.7 k/s  5.1 M steps/s  812 edges  3120 orderings  0 findings  job
//
// Promises: on a terminal one line, rewritten; elsewhere one line every 10 s, so that logs stay
// short. Anything else that is printed goes through say(), which keeps the line whole.
// Leaves out: counting.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace rw::engine {

struct ProgressNumbers {
  double seconds = 0;
  std::uint64_t executions = 0;
  std::uint64_t steps = 0;
  std::uint64_t edges = 0;
  std::uint64_t orderings = 0;
  std::uint64_t findings = 0;
  std::string job;  // what runs now: "asan-steered + tsan-threads"
};

// "43.7 k", "5.1 M", "812".
std::string short_number(double value);

// The line without a newline. Rates are of the time since `before`.
std::string progress_line(const ProgressNumbers& now, const ProgressNumbers& before);

class ProgressLine {
 public:
  // `stream` may be null: nothing is printed.
  explicit ProgressLine(std::FILE* stream);
  ~ProgressLine();

  // Prints the line if it is time to.
  void update(const ProgressNumbers& now);
  // Prints it whatever the time, and ends it.
  void finish(const ProgressNumbers& now);
  // Prints `text` (ending in a newline) without breaking the line.
  void say(std::string_view text);

 private:
  void print(const ProgressNumbers& now);

  std::FILE* stream_;
  bool terminal_;
  bool line_open_ = false;
  double interval_;  // seconds
  double next_ = 0;
  ProgressNumbers before_;
};

}  // namespace rw::engine

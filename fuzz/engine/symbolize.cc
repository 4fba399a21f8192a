#include "fuzz/engine/symbolize.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <tuple>
#include <vector>

#include "fuzz/engine/other_programs.h"

namespace rw::engine {
namespace {

constexpr double kLookUpSeconds = 20;  // for one look at a program's debug information

struct RawFrame {
  std::string number, address, program;
  bool operator<(const RawFrame& other) const {
    return std::tie(program, address) < std::tie(other.program, other.address);
  }
};

std::optional<RawFrame> frame_in(const std::string& line) {
  static const std::regex raw(R"(    #([0-9]+) (0x[0-9a-f]+) \((/.*)\+(0x[0-9a-f]+)\))");
  std::smatch m;
  if (!std::regex_match(line, m, raw)) return std::nullopt;
  return RawFrame{m[1], m[4], m[3]};
}

using Names =
    std::map<RawFrame, std::vector<std::string>>;  // "rw::f() /src/f.cc:7", innermost first

// Both tools answer "0x2a", then a line of the function and one of its place for each inlined one.
void look_up(const std::string& program, const std::vector<RawFrame>& frames, Names& names) {
  const std::string tool = find_program({"llvm-symbolizer-19", "llvm-symbolizer", "addr2line"});
  if (tool.empty()) return;
  std::vector<std::string> line = {tool, "-a", "-f", "-i", "-C", "-e", program};
  if (!tool.ends_with("addr2line")) line.insert(line.begin() + 1, "--output-style=GNU");
  for (const RawFrame& frame : frames) line.push_back(frame.address);
  const Ran ran = run_program(line, kLookUpSeconds);
  if (ran.status != 0) return;
  std::istringstream said(ran.output);
  std::size_t at = 0;  // number of answers begun
  for (std::string first, place; std::getline(said, first);) {
    if (first.starts_with("0x")) {
      at++;
    } else if (std::getline(said, place) && at != 0 && at <= frames.size()) {
      if (first != "??") names[frames[at - 1]].push_back(first + " " + place);
    }
  }
}

// The names of all frames of `report`, as far as they can be had.
const Names& names_for(const std::string& report) {
  static Names names;  // a shrinker meets the same few addresses in every candidate
  std::map<std::string, std::vector<RawFrame>> unknown;
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);)
    if (const auto frame = frame_in(line); frame && !names.contains(*frame))
      unknown[frame->program].push_back(*frame);
  for (const auto& [program, frames] : unknown) look_up(program, frames, names);
  return names;
}

}  // namespace

std::string symbolized(const std::string& report) {
  if (report.find("    #0 0x") == std::string::npos) return report;
  const Names& names = names_for(report);
  std::string out;
  unsigned number = 0;
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    const std::optional<RawFrame> frame = frame_in(line);
    if (frame && frame->number == "0") number = 0;
    const auto known = frame ? names.find(*frame) : names.end();
    if (known == names.end()) {
      out += line + "\n";
      continue;
    }
    for (const std::string& name : known->second)
      out += fmt::format("    #{} {} in {}\n", number++, frame->address, name);
  }
  return out;
}

}  // namespace rw::engine

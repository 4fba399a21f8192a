// Exhaustive: a search as text, to go on with later or elsewhere.
//
//   search <frames of whoever split it> <frames>
//   step <task> <open tasks, with commas, or -> <asleep from above> <value/count>... : <touches
//   over all values> asleep <task> : <touches>          of the step above it
//
// A touch is a location in hexadecimal, with a w if it writes.
#include <fmt/format.h>

#include <iterator>
#include <sstream>

#include "fuzz/schedule/exhaustive.h"

namespace rw::schedule {
namespace {

void print(std::string& to, const Footprint& footprint) {
  to += " :";
  for (const Footprint::Touch& t : footprint.touches)
    fmt::format_to(std::back_inserter(to), " {:x}{}", t.location, t.writes ? "w" : "");
  to += '\n';
}

std::string words(exec::TaskSet set) {
  std::string text;
  for (; set != 0; set &= set - 1)
    text += fmt::format("{}{}", text.empty() ? "" : ",", sync::first_task(set));
  return text.empty() ? "-" : text;
}

bool parse(const std::string& words, exec::TaskSet& set) {
  if (words == "-") return true;
  std::istringstream in(words);
  unsigned task = 0;
  char comma = ',';
  while (comma == ',' && in >> task && task < exec::kMaxTasks) {
    set |= sync::task_bit(task);
    if (!(in >> comma)) return true;
  }
  return false;
}

bool parse(std::istream& in, Footprint& footprint) {
  for (std::string word; in >> word;) {
    std::size_t end = 0;
    if (word.empty() || std::isxdigit(static_cast<unsigned char>(word[0])) == 0) return false;
    if (word.size() > 9) return false;
    const unsigned long location = std::stoul(word, &end, 16);
    const std::string rest = word.substr(end);
    if (location > std::numeric_limits<std::uint32_t>::max() || (!rest.empty() && rest != "w"))
      return false;
    footprint.add(static_cast<std::uint32_t>(location), rest == "w");
  }
  return true;
}

}  // namespace

std::string Exhaustive::saved() const {
  const std::size_t base = at_border_ ? border_ : base_;
  std::string text = fmt::format("search {} {}\n", base, size_);
  for (std::size_t i = 0; i < size_; ++i) {
    const Frame& f = frames_[i];
    fmt::format_to(std::back_inserter(text), "step {} {} {}", f.chosen,
                   words(at_border_ && i < base ? 0 : f.open), f.inherited);
    for (const Choice& c : f.choices)
      fmt::format_to(std::back_inserter(text), " {}/{}", c.value, c.count);
    print(text, f.ever);
    for (const Sleeper& s : f.asleep) {
      fmt::format_to(std::back_inserter(text), "asleep {}", s.task);
      print(text, s.footprint);
    }
  }
  return text;
}

bool Exhaustive::load(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string line, word;
  std::size_t count = 0;
  if (!(lines >> word >> base_ >> count) || word != "search" || base_ > count) return false;
  std::getline(lines, line);
  frames_.clear();
  while (std::getline(lines, line)) {
    std::istringstream in(line);
    unsigned task = 0;
    if (!(in >> word >> task) || task >= exec::kMaxTasks) return false;
    if (word == "asleep") {
      if (frames_.empty() || !(in >> word) || word != ":") return false;
      frames_.back().asleep.push_back({static_cast<std::uint8_t>(task), {}});
      if (!parse(in, frames_.back().asleep.back().footprint)) return false;
      continue;
    }
    Frame& f = frames_.emplace_back();
    f.chosen = static_cast<std::uint8_t>(task);
    std::string open;
    if (word != "step" || !(in >> open >> f.inherited) || !parse(open, f.open)) return false;
    while (in >> word && word != ":") {
      Choice& c = f.choices.emplace_back();
      char slash = 0;
      std::istringstream choice(word);
      if (!(choice >> c.value >> slash >> c.count) || slash != '/' || c.value >= c.count)
        return false;
    }
    if (word != ":" || !parse(in, f.ever)) return false;
  }
  for (const Frame& f : frames_)
    if (f.inherited > f.asleep.size()) return false;
  size_ = count;
  fresh_ = 0;
  begun_ = false;
  return frames_.size() == count;
}

}  // namespace rw::schedule

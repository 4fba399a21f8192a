#include "fuzz/report/stacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "fuzz/report/text.h"

namespace rw::report {

namespace {

struct Line {
  std::string path;   // "T0 truncate f0 0 > down_write mm#0.mmap_sem"
  std::string state;  // "waits for mm#0.mmap_sem, held by T1"
  std::string place;  // "targets/mm/zap.cc:214"
};

Line line_of(const exec::TaskStatus& status, const exec::Failure& failure) {
  Line line;
  line.path = fmt::format("T{}", status.task);
  if (!status.op_text.empty()) line.path += " " + status.op_text;
  const bool finished = status.state == "finished";
  if (!finished)
    for (const std::string& operation : status.operations) line.path += " > " + operation;
  const bool failed_here = status.task == failure.task && !failure.where.function.empty() &&
                           !status.state.starts_with("waits");
  const exec::Place& where = failed_here ? failure.where : status.where;
  if (!finished && status.operations.empty() && !where.function.empty())
    line.path += " > " + where.function;
  line.state = failed_here ? "failed here" : status.state;
  if (!finished && where.line != 0) line.place = fmt::format("{}:{}", where.file, where.line);
  return line;
}

}  // namespace

std::string stacks(const exec::Failure& failure, unsigned width) {
  std::vector<Line> lines;
  std::size_t path = 0, state = 0;
  for (const exec::TaskStatus& status : failure.tasks) {
    lines.push_back(line_of(status, failure));
    path = std::max(path, lines.back().path.size());
    state = std::max(state, lines.back().state.size());
  }
  // The states stand in one column, unless one long path would push them all out of sight.
  path = std::min<std::size_t>(path, width / 2);
  std::string out;
  for (const Line& line : lines) {
    std::string text = fmt::format("{:<{}}   {:<{}}   ", line.path, path, line.state, state);
    // The file's name alone, where its whole path has no room.
    const std::size_t slash = line.place.rfind('/');
    const bool whole = text.size() + line.place.size() <= width || slash == std::string::npos;
    text += whole ? line.place : line.place.substr(slash + 1);
    while (!text.empty() && text.back() == ' ') text.pop_back();
    out += cut(text, width) + "\n";
  }
  return out;
}

}  // namespace rw::report

#include "fuzz/report/mermaid.h"

#include <fmt/format.h>

#include <algorithm>

#include "fuzz/report/layout.h"

namespace rw::report {

namespace {

// '#' begins an entity and ';' ends a statement; '<' and '>' would be HTML, and a lone "end" a
// keyword to some versions.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '#':
        out += "#35;";
        break;
      case ';':
        out += "#59;";
        break;
      case '<':
        out += "#lt;";
        break;
      case '>':
        out += "#gt;";
        break;
      case '\n':
        out += ' ';
        break;
      default:
        out += c;
    }
  }
  return out == "end" ? "(end)" : out;
}

std::string note(const Row& row, unsigned tasks) {
  std::string text = row.text;
  if (!row.mark.empty()) {
    text += " — " + row.mark;
    if (row.where.line != 0) text += fmt::format(", {}:{}", row.where.file, row.where.line);
  }
  if (row.failed) text = "❌ " + text;
  if (!row.of_task)
    return fmt::format("  Note over T0,T{}: {}\n", std::max(tasks, 1U) - 1, escaped(text));
  return fmt::format("  Note over T{}: {}\n", row.task, escaped(text));
}

}  // namespace

std::string mermaid(const Run& run, std::size_t most_rows) {
  const Layout layout = lay_out(run, most_rows);
  const Picture& picture = layout.picture;
  std::string out = "sequenceDiagram\n";
  for (std::size_t t = 0; t < picture.headings.size(); ++t)
    out += fmt::format("  participant T{} as {}\n", t, escaped(picture.headings[t]));
  const auto tasks = static_cast<unsigned>(picture.headings.size());
  if (run.failure != nullptr && tasks > 0)
    out += fmt::format("  Note over T0,T{}: {}\n", tasks - 1,
                       escaped(run.failure->kind + ": " + run.failure->message));
  for (std::size_t i = 0; i < picture.rows.size(); ++i) {
    for (const Arrow& arrow : layout.arrows)
      if (arrow.to == i)
        out += fmt::format("  T{}->>T{}: {}\n", picture.rows[arrow.from].task, picture.rows[i].task,
                           escaped(arrow.over));
    // A task holds several locks in turn: one bar for each, those behind the last row left out.
    for (const Bar& bar : layout.bars)
      if (bar.to == i && bar.from != i) out += fmt::format("  deactivate T{}\n", bar.task);
    for (const Bar& bar : layout.bars)
      if (bar.from == i && bar.to != i) out += fmt::format("  activate T{}\n", bar.task);
    out += note(picture.rows[i], tasks);
  }
  return out;
}

}  // namespace rw::report

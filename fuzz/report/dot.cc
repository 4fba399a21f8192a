#include "fuzz/report/dot.h"

#include <fmt/format.h>

#include <set>

#include "fuzz/report/lock_graph.h"
#include "fuzz/report/text.h"

namespace rw::report {

namespace {

constexpr std::size_t kLabelWidth = 60;

// A quoted string of dot's: lines are parted by \n.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + "\"";
}

std::string title_of(const Run& run, const LockGraph& graph) {
  std::string title = run.failure != nullptr ? run.failure->kind + "  " + run.key : run.file;
  if (run.failure != nullptr)
    for (const std::string& line : wrapped(run.failure->message, kLabelWidth)) title += "\n" + line;
  if (graph.orders.empty()) title += "\nno lock was taken while another was held";
  if (!graph.orders.empty() && !graph.has_cycle) title += "\nthe orders of this run have no cycle";
  return title;
}

}  // namespace

std::string dot(const Run& run) {
  const LockGraph graph = lock_graph(*run.trace, run.failure);
  std::string out = "digraph lock_order {\n";
  out += fmt::format("  label={};\n  labelloc=t;\n", quoted(title_of(run, graph)));
  out += "  node [shape=box, fontname=\"Helvetica\"];\n";
  out += "  edge [fontname=\"Helvetica\", fontsize=10];\n";
  std::set<std::string> nodes;
  for (const LockOrder& order : graph.orders) nodes.insert({order.outer, order.inner});
  for (const std::string& node : nodes) out += "  " + quoted(node) + ";\n";
  for (const LockOrder& order : graph.orders) {
    const std::string label =
        fmt::format("{} in {}\n{}:{}, step {}", order.who, order.where.function, order.where.file,
                    order.where.line, order.step);
    out += fmt::format("  {} -> {} [label={}{}{}];\n", quoted(order.outer), quoted(order.inner),
                       quoted(label), order.in_cycle ? ", color=red, penwidth=2" : "",
                       order.refused ? ", style=dashed" : "");
  }
  return out + "}\n";
}

}  // namespace rw::report

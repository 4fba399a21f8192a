#include "fuzz/report/sources.h"

#include <fstream>
#include <set>

namespace rw::report {

namespace {

bool is_inside(const std::string& file) {
  return !file.empty() && file.front() != '/' && file.find("..") == std::string::npos;
}

std::vector<SourcePart> parts_of(std::istream& in, const std::set<unsigned>& wanted) {
  std::vector<SourcePart> parts;
  unsigned number = 0;
  for (std::string line; std::getline(in, line);) {
    if (!wanted.contains(++number)) continue;
    if (parts.empty() || parts.back().first + parts.back().lines.size() != number)
      parts.push_back({number, {}});
    parts.back().lines.push_back(std::move(line));
  }
  return parts;
}

}  // namespace

std::map<std::string, std::vector<SourcePart>> source_parts(const std::vector<exec::Place>& places,
                                                            const std::string& root) {
  std::map<std::string, std::set<unsigned>> wanted;
  for (const exec::Place& place : places) {
    if (!is_inside(place.file)) continue;
    const unsigned first = place.line > kSourceContext ? place.line - kSourceContext : 1;
    for (unsigned n = first; n <= place.line + kSourceContext; ++n) wanted[place.file].insert(n);
  }
  std::map<std::string, std::vector<SourcePart>> all;
  for (const auto& [file, lines] : wanted) {
    std::ifstream in(root + "/" + file);
    std::vector<SourcePart> parts = parts_of(in, lines);
    if (!parts.empty()) all.emplace(file, std::move(parts));
  }
  return all;
}

}  // namespace rw::report

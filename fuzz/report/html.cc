#include "fuzz/report/html.h"

#include <algorithm>
#include <map>

#include "fuzz/report/explain.h"
#include "fuzz/report/layout.h"
#include "fuzz/report/object_states.h"
#include "fuzz/report/sources.h"
#include "fuzz/report/values.h"
#include "fuzz/sync/check.h"

namespace rw::report {

namespace {

// Places, each once.
class Places {
 public:
  std::size_t index_of(const exec::Place& place) {
    const auto key = std::make_pair(place.file, place.line);
    const auto [at, is_new] = index_.emplace(key, all_.size());
    if (is_new) all_.push_back(place);
    return at->second;
  }
  const std::vector<exec::Place>& all() const { return all_; }

 private:
  std::map<std::pair<std::string, unsigned>, std::size_t> index_;
  std::vector<exec::Place> all_;
};

Json row_json(const Row& row, Places& places) {
  Json json = {{"task", row.task}, {"indent", row.indent}, {"text", row.text}, {"step", row.step}};
  if (!row.of_task) json["across"] = true;
  if (row.fold) json["fold"] = true;
  if (row.failed) json["failed"] = true;
  if (row.decides || (!row.mark.empty() && !row.failed)) json["decides"] = true;
  if (!row.mark.empty()) json["mark"] = row.mark;
  if (is_private(row)) {
    json["quiet"] = true;
    json["object"] = object_of(row.object);
  }
  // An op begins and ends in the engine: that is no place of the code under test.
  if (row.where.line != 0 && !row.where.file.starts_with("fuzz/"))
    json["place"] = places.index_of(row.where);
  return json;
}

Json places_json(const Places& places) {
  Json json = Json::array();
  for (const exec::Place& place : places.all())
    json.push_back({{"file", place.file}, {"line", place.line}, {"function", place.function}});
  return json;
}

Json sources_json(const Places& places, const std::string& root) {
  Json json = Json::object();
  if (root.empty()) return json;
  for (const auto& [file, parts] : source_parts(places.all(), root))
    for (const SourcePart& part : parts)
      json[file].push_back({{"first", part.first}, {"lines", part.lines}});
  return json;
}

void replace(std::string& text, std::string_view what, std::string_view by) {
  const std::size_t at = text.find(what);
  RW_CHECK(at != std::string::npos, "page.html lacks one of its marks");
  text.replace(at, what.size(), by);
}

}  // namespace

Json page_data(const Run& run, const PageOptions& options) {
  const Layout layout = lay_out(run, options.most_rows);
  const Picture& picture = layout.picture;
  Places places;
  Json rows = Json::array(), tasks = Json::array(), bars = Json::array(), arrows = Json::array(),
       sentences = Json::array();
  for (const Row& row : picture.rows) rows.push_back(row_json(row, places));
  for (const std::string& heading : picture.headings) tasks.push_back({{"heading", heading}});
  for (const Bar& bar : layout.bars)
    bars.push_back({{"task", bar.task},
                    {"lock", bar.lock},
                    {"shared", bar.shared},
                    {"from", bar.from},
                    {"to", bar.to}});
  for (const Arrow& arrow : layout.arrows)
    arrows.push_back({{"from", arrow.from}, {"to", arrow.to}, {"over", arrow.over}});
  for (const Sentence& sentence : explain(run)) {
    Json json = {{"text", sentence.text}};
    if (sentence.event && !picture.rows.empty()) json["row"] = row_at(picture, *sentence.event);
    sentences.push_back(std::move(json));
  }
  return {{"kind", run.failure != nullptr ? run.failure->kind : "no failure"},
          {"failed", run.failure != nullptr},
          {"message", run.failure != nullptr ? run.failure->message : "the run came to its end"},
          {"key", run.key},
          {"file", run.file},
          {"target", run.target},
          {"memory", run.memory},
          {"remarks", run.remarks},
          {"program", run.program},
          {"setup", picture.setup},
          {"tasks", std::move(tasks)},
          {"rows", std::move(rows)},
          {"bars", std::move(bars)},
          {"arrows", std::move(arrows)},
          {"objects", object_states(*run.trace, run.failure, picture)},
          {"sentences", std::move(sentences)},
          {"places", places_json(places)},
          {"source_context", kSourceContext},
          {"sources", sources_json(places, options.source_root)}};
}

std::string html(const Run& run, const PageOptions& options) {
  std::string data = page_data(run, options).dump(-1, ' ', false, Json::error_handler_t::replace);
  // Inside a script element "<" may begin its end; in JSON it is as well an escape.
  std::string safe;
  for (const char c : data) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  std::string page(kPageHtml);
  replace(page, "/*CSS*/", kPageCss);
  replace(page, "/*STATE*/", kPageStateJs);
  replace(page, "/*JS*/", kPageJs);
  replace(page, "/*DATA*/", safe);
  return page;
}

}  // namespace rw::report

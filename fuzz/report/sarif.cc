#include "fuzz/report/sarif.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "fuzz/report/rows.h"
#include "fuzz/verdict/key.h"
#include "fuzz/verdict/kinds.h"

namespace rw::report {

namespace {

// A table's bound (TableOptions), and within the 1,000 locations that GitHub shows of a result.
constexpr std::size_t kMostFlow = 400;

Json text(const std::string& words) {
  return {{"text", words}};
}

// ---- rules --------------------------------------------------------------------------------------

// Every kind that could have come, so that a clean run says what it looked for.
std::vector<const KindInfo*> kinds_of(const CiReport& report) {
  std::vector<const KindInfo*> kinds;
  for (const KindInfo& kind : verdict::engine_kinds()) kinds.push_back(&kind);
  const auto is_new = [&](const KindInfo& kind) {
    return std::none_of(kinds.begin(), kinds.end(), [&](const KindInfo* known) {
      return std::string_view(known->name) == kind.name;
    });
  };
  for (const Case& c : report.cases)
    for (const KindInfo& kind : c.target->kinds())
      if (is_new(kind)) kinds.push_back(&kind);
  return kinds;
}

std::string sentence(std::string words) {
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z')
    words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words + ".";
}

Json rule(const KindInfo& kind) {
  const std::string what = sentence(kind.what);
  const std::string help =
      what +
      " The code flow is the interleaving, one thread flow per task: follow the steps "
      "by their executionOrder. The command in the result's properties replays it.";
  return {{"id", kind.name},
          {"name", kind.name},
          {"shortDescription", text(what)},
          {"fullDescription", text(what)},
          {"help", {{"text", help}, {"markdown", help}}},
          {"defaultConfiguration", {{"level", "error"}}},
          // A finding replays, or it would not be one.
          {"properties",
           {{"tags", {"concurrency"}}, {"precision", "very-high"}, {"problem.severity", "error"}}}};
}

// ---- places -------------------------------------------------------------------------------------

Json physical(const exec::Place& place) {
  Json json = {{"artifactLocation", {{"uri", uri_of(place.file)}, {"uriBaseId", "SRCROOT"}}}};
  if (place.line != 0) json["region"] = {{"startLine", place.line}};
  return json;
}

Json location(const exec::Place& place, const std::string& words) {
  Json json = Json::object();
  if (!place.file.empty()) json["physicalLocation"] = physical(place);
  if (!place.function.empty())
    json["logicalLocations"] = {{{"name", place.function}, {"kind", "function"}}};
  if (!words.empty()) json["message"] = text(words);
  return json;
}

// The step that failed. Of a death and of a sanitizer's report only functions are known: the saved
// program stands for the place, because code scanning takes no result without a file.
Json main_location(const Finding& finding) {
  const exec::Failure& failure = finding.failure;
  exec::Place place = failure.where;
  if (place.function.empty() && !failure.parts.empty()) place.function = failure.parts.front();
  Json json = location(place, "");
  if (!place.file.empty() || finding.file.empty()) return json;
  const bool absolute = finding.file.starts_with("/");
  Json artifact = {{"uri", (absolute ? "file://" : "") + uri_of(finding.file)}};
  if (!absolute) artifact["uriBaseId"] = "SRCROOT";
  json["physicalLocation"] = {{"artifactLocation", artifact}, {"region", {{"startLine", 1}}}};
  return json;
}

// ---- the interleaving ---------------------------------------------------------------------------

bool same_place(const exec::Place& a, const exec::Place& b) {
  return a.line == b.line && a.file == b.file;
}

Json related(const Picture& picture, const exec::Failure& failure) {
  Json json = Json::array();
  for (const Row& row : picture.rows) {
    if (row.mark.empty() || row.where.file.empty()) continue;
    if (row.task == failure.task && same_place(row.where, failure.where)) continue;
    Json one = {{"id", json.size() + 1}};
    one.update(location(row.where, fmt::format("T{}: {} ({})", row.task, row.text, row.mark)));
    json.push_back(std::move(one));
  }
  return json;
}

Json code_flow(const Picture& picture) {
  std::map<unsigned, Json> flows;
  unsigned order = 0;
  for (const Row& row : picture.rows) {
    if (!row.of_task || row.fold) continue;
    // Not the number of the step: an op begins between two steps, and what waits has none.
    Json step = {{"executionOrder", ++order},
                 {"nestingLevel", row.indent},
                 {"location",
                  location(row.where, row.mark.empty() ? row.text : row.text + " <- " + row.mark)}};
    if (row.step != 0) step["properties"] = {{"step", row.step}};
    if (!row.mark.empty() || row.failed) step["importance"] = "essential";
    flows.try_emplace(row.task, Json::array()).first->second.push_back(std::move(step));
  }
  if (flows.empty()) return nullptr;
  Json threads = Json::array();
  for (auto& [task, steps] : flows) {
    const std::string heading =
        task < picture.headings.size() ? picture.headings[task] : fmt::format("T{}", task);
    threads.push_back(
        {{"id", fmt::format("T{}", task)}, {"message", text(heading)}, {"locations", steps}});
  }
  return {{"message", text("The interleaving: executionOrder counts through all tasks.")},
          {"threadFlows", std::move(threads)}};
}

// ---- results ------------------------------------------------------------------------------------

Json properties_of(const Case& c) {
  Json json = {{"key", c.finding->key}, {"target", c.target->name()}};
  if (!c.design.empty()) json["design"] = c.design;
  if (!c.finding->file.empty()) json["file"] = c.finding->file;
  if (!c.replay.empty()) json["replay"] = c.replay;
  if (!c.finding->program.empty()) json["program"] = c.finding->program;
  return json;
}

std::string message_of(const Case& c) {
  const exec::Failure& failure = c.finding->failure;
  std::string words = verdict::title_of(failure);
  if (!failure.message.empty()) words += "\n" + failure.message;
  if (!c.replay.empty()) words += "\nReplay: " + c.replay;
  return words;
}

// "0123abcd:1": a hash and how many results before have it, the form that GitHub's own tools write.
std::string line_hash(const std::string& key) {
  return key.substr(key.rfind('-') + 1) + ":1";
}

Json result(const Case& c, const std::vector<const KindInfo*>& kinds) {
  const exec::Failure& failure = c.finding->failure;
  Json json = {{"ruleId", failure.kind}};
  for (std::size_t i = 0; i < kinds.size(); ++i)
    if (failure.kind == kinds[i]->name) json["ruleIndex"] = i;
  json["level"] = "error";
  json["message"] = text(message_of(c));
  json["locations"] = Json::array({main_location(*c.finding)});
  json["partialFingerprints"] = {{"racewalkKey/v1", c.finding->key},
                                 {"primaryLocationLineHash", line_hash(c.finding->key)}};
  if (!c.trace.events.empty()) {
    Picture picture = rows_of(c.trace, &failure);
    fold(picture, kMostFlow, kMostFlow);
    if (Json places = related(picture, failure); !places.empty())
      json["relatedLocations"] = std::move(places);
    if (Json flow = code_flow(picture); !flow.is_null())
      json["codeFlows"] = Json::array({std::move(flow)});
  }
  if (c.outcome == Case::Outcome::passed)
    json["suppressions"] = {{{"kind", "external"},
                             {"status", "accepted"},
                             {"justification", "This failure was expected."}}};
  json["properties"] = properties_of(c);
  return json;
}

}  // namespace

std::string uri_of(std::string_view path) {
  constexpr std::string_view kPlain = "/-._~";
  std::string out;
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kPlain.find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string sarif(const CiReport& report) {
  const std::vector<const KindInfo*> kinds = kinds_of(report);
  Json rules = Json::array();
  for (const KindInfo* kind : kinds) rules.push_back(rule(*kind));
  Json results = Json::array();
  for (const Case& c : report.cases)
    if (c.finding) results.push_back(result(c, kinds));
  Json run = {
      {"tool",
       {{"driver", {{"name", "racewalk"}, {"semanticVersion", report.version}, {"rules", rules}}}}},
      {"automationDetails", {{"id", "racewalk/" + report.command + "/"}}},
      {"invocations",
       {{{"commandLine", report.command_line},
         {"exitCode", report.exit_status},
         // Statuses up to 3 are verdicts; those above say that it could not do its work.
         {"executionSuccessful", report.exit_status <= 3}}}},
      {"originalUriBaseIds", {{"SRCROOT", {{"description", text("The top of the source tree.")}}}}},
      {"columnKind", "utf16CodeUnits"},
      {"results", std::move(results)}};
  return print({{"$schema",
                 "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
                 "sarif-schema-2.1.0.json"},
                {"version", "2.1.0"},
                {"runs", Json::array({std::move(run)})}});
}

}  // namespace rw::report

#include "fuzz/report/json.h"

#include <fmt/format.h>

#include "fuzz/verdict/key.h"

namespace rw::report {

namespace {

const char* name_of(exec::EventKind kind) {
  using exec::EventKind;
  switch (kind) {
    case EventKind::op_begin:
      return "op_begin";
    case EventKind::op_end:
      return "op_end";
    case EventKind::operation_begin:
      return "operation_begin";
    case EventKind::operation_end:
      return "operation_end";
    case EventKind::load:
      return "load";
    case EventKind::store:
      return "store";
    case EventKind::rmw:
      return "rmw";
    case EventKind::fence:
      return "fence";
    case EventKind::plain_read:
      return "plain_read";
    case EventKind::plain_write:
      return "plain_write";
    case EventKind::wait:
      return "wait";
    case EventKind::wake:
      return "wake";
    case EventKind::notify:
      return "notify";
    case EventKind::relax:
      return "relax";
    case EventKind::choice:
      return "choice";
    case EventKind::born:
      return "born";
    case EventKind::died:
      return "died";
    case EventKind::acquired:
      return "acquired";
    case EventKind::released:
      return "released";
    case EventKind::note:
      return "note";
  }
  return "?";
}

bool has_values(exec::EventKind kind) {
  using exec::EventKind;
  return kind == EventKind::load || kind == EventKind::store || kind == EventKind::rmw ||
         kind == EventKind::wait || kind == EventKind::choice || kind == EventKind::acquired;
}

Json to_json(const exec::Place& place) {
  return {{"file", place.file}, {"line", place.line}, {"function", place.function}};
}

Json to_json(const exec::TaskStatus& status) {
  return {{"task", status.task},       {"op", status.op},
          {"op_text", status.op_text}, {"operations", status.operations},
          {"state", status.state},     {"where", to_json(status.where)}};
}

Json to_json(const ShrinkSize& size) {
  return {{"tasks", size.tasks},
          {"setup_ops", size.setup_ops},
          {"task_ops", size.task_ops},
          {"switches", size.switches},
          {"choices", size.choices}};
}

void add_text(Json& json, const char* name, const std::string& text) {
  if (!text.empty()) json[name] = text;
}

Json or_null(const std::optional<Finding>& finding) {
  return finding ? to_json(*finding) : Json(nullptr);
}

}  // namespace

Json document(const char* kind) {
  return {{"schema", kSchema}, {"document", kind}};
}

const char* name_of_phase(std::uint8_t phase) {
  static const char* const kPhases[] = {"setup", "parallel", "finish"};
  return kPhases[phase < 3 ? phase : 2];
}

Json to_json(const exec::Failure& failure) {
  Json tasks = Json::array();
  for (const exec::TaskStatus& status : failure.tasks) tasks.push_back(to_json(status));
  return {{"kind", failure.kind},           {"title", verdict::title_of(failure)},
          {"message", failure.message},     {"parts", failure.parts},
          {"symmetric", failure.symmetric}, {"where", to_json(failure.where)},
          {"task", failure.task},           {"step", failure.step},
          {"tasks", std::move(tasks)}};
}

Json to_json(const exec::Trace& trace) {
  Json events = Json::array();
  for (const exec::Event& e : trace.events) {
    Json event = {{"kind", name_of(e.kind)},
                  {"task", e.task},
                  {"phase", name_of_phase(e.phase)},
                  {"op", e.op},
                  {"step", e.step}};
    add_text(event, "object", e.object);
    add_text(event, "operation", e.operation);
    add_text(event, "text", e.text);
    if (has_values(e.kind)) {
      event["before"] = e.before;
      event["after"] = e.after;
      add_text(event, "before_words", e.before_words);
      add_text(event, "after_words", e.after_words);
    }
    if (e.known) {
      event["after"] = e.after;
      add_text(event, "after_words", e.after_words);
    }
    event["where"] = to_json(e.where);
    events.push_back(std::move(event));
  }
  return events;
}

Json to_json(const Finding& finding) {
  Json json = {{"key", finding.key}};
  json.update(to_json(finding.failure));
  add_text(json, "file", finding.file);
  add_text(json, "program", finding.program);
  add_text(json, "summary", finding.summary);
  add_text(json, "recording", finding.recording);
  return json;
}

Json to_json(const ReplayResult& r) {
  Json json = document("replay");
  json["file"] = r.file;
  json["target"] = r.target;
  json["mode"] = r.mode;
  json["expected"] = {{"kind", r.expected_kind}, {"key", r.expected_key}};
  json["times"] = r.times;
  json["failed"] = r.failed;
  json["as_expected"] = r.as_expected;
  json["different_traces"] = r.different_traces;
  // JSON numbers lose bits beyond 53.
  json["trace_hash"] = fmt::format("{:016x}", r.trace_hash);
  json["steps"] = r.steps;
  json["switches"] = r.switches;
  json["divergence"] = r.divergence.empty() ? Json(nullptr) : Json(r.divergence);
  json["finding"] = or_null(r.finding);
  json["exit_status"] = r.exit_status;
  return json;
}

Json to_json(const ShrinkResult& r) {
  Json json = document("shrink");
  json["file"] = r.file;
  json["output"] = r.output.empty() ? Json(nullptr) : Json(r.output);
  json["key"] = r.key;
  json["divergence"] = r.divergence.empty() ? Json(nullptr) : Json(r.divergence);
  json["reproduced"] = r.reproduced;
  json["stopped"] = r.stopped;
  json["before"] = to_json(r.before);
  json["after"] = to_json(r.after);
  json["candidates"] = r.candidates;
  json["memo_hits"] = r.memo_hits;
  json["seconds"] = r.seconds;
  json["needs"] = r.needs;
  json["passes"] = Json::array();
  for (const ShrinkPass& pass : r.passes)
    json["passes"].push_back({{"name", pass.name}, {"tried", pass.tried}, {"kept", pass.kept}});
  json["finding"] = or_null(r.finding);
  json["exit_status"] = r.exit_status;
  return json;
}

Json to_json(const HuntResult& r) {
  Json json = document("hunt");
  json["target"] = r.target;
  json["seed"] = r.seed;
  json["limit_seconds"] = r.limit_seconds;
  std::size_t found = 0;
  json["entries"] = Json::array();
  for (const HuntEntry& entry : r.entries) {
    found += entry.found ? 1 : 0;
    json["entries"].push_back({{"name", entry.name},
                               {"catalogue", entry.catalogue},
                               {"found", entry.found},
                               {"executions", entry.executions},
                               {"steps", entry.steps},
                               {"seconds", entry.seconds},
                               {"shrink_seconds", entry.shrink_seconds},
                               {"size", entry.found ? to_json(entry.size) : Json(nullptr)},
                               {"finding", or_null(entry.finding)}});
  }
  json["found"] = found;
  json["exit_status"] = r.exit_status;
  return json;
}

Json to_json(const FuzzResult& r) {
  Json json = document("fuzz");
  json["target"] = r.target;
  json["seed"] = r.seed;
  json["seconds"] = r.seconds;
  json["interrupted"] = r.interrupted;
  json["executions"] = r.executions;
  json["steps"] = r.steps;
  json["edges"] = r.edges;
  json["orderings"] = r.orderings;
  json["corpus"] = r.corpus;
  json["jobs"] = Json::array();
  for (const FuzzJob& job : r.jobs)
    json["jobs"].push_back({{"name", job.name},
                            {"executions", job.executions},
                            {"steps", job.steps},
                            {"seconds", job.seconds}});
  json["findings"] = Json::array();
  for (const Finding& finding : r.findings) json["findings"].push_back(to_json(finding));
  json["error"] = r.error.empty() ? Json() : Json(r.error);
  json["exit_status"] = r.exit_status;
  return json;
}

std::string print(const Json& document) {
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string print(Json document, int exit_status) {
  document["exit_status"] = exit_status;
  return print(document);
}

}  // namespace rw::report

#include "fuzz/engine/recording_meta.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "fuzz/report/json.h"

namespace rw::engine {

std::string this_processor() {
  std::ifstream info("/proc/cpuinfo");
  std::string model;
  std::string numbers;
  // The name alone does not tell two generations apart in a virtual machine.
  for (std::string line; std::getline(info, line) && !line.empty();) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    if (line.starts_with("model name")) model = line.substr(colon + 2);
    if (line.starts_with("cpu family")) numbers += " family " + line.substr(colon + 2);
    if (line.starts_with("model\t")) numbers += " model " + line.substr(colon + 2);
  }
  return model + numbers;
}

Meta meta_of(const Found& found, const RecordOptions& o, const Recorded& r) {
  Meta meta;
  meta.file = o.file;
  meta.key = found.key;
  meta.kind = found.failure.kind;
  meta.message = found.failure.message;
  meta.mode = !r.with_rr ? kNotRecorded : o.probe.rr.software ? "software" : "hardware";
  meta.why_not = r.with_rr || o.probe.works ? r.why_not : in_words(o.probe);
  if (r.with_rr) meta.rr = o.probe.rr;
  meta.threads = o.threads;
  meta.bytes = r.with_rr ? r.bytes : 0;
  meta.events = r.events;
  meta.step = found.failure.step;
  meta.processor = this_processor();
  utsname system{};
  if (::uname(&system) == 0) meta.kernel = fmt::format("{} {}", system.sysname, system.release);
  meta.command = own_program();
  return meta;
}

std::string print_meta(const Meta& meta) {
  report::Json json = report::document("recording");
  json["file"] = meta.file;
  json["key"] = meta.key;
  json["kind"] = meta.kind;
  json["message"] = meta.message;
  json["step"] = meta.step;
  json["mode"] = meta.mode;
  json["why_not"] = meta.why_not.empty() ? report::Json(nullptr) : report::Json(meta.why_not);
  json["rr"] = {{"path", meta.rr.path}, {"version", meta.rr.version}, {"options", meta.rr.options}};
  json["threads"] = meta.threads;
  json["bytes"] = meta.bytes;
  json["events"] = meta.events;
  json["processor"] = meta.processor;
  json["kernel"] = meta.kernel;
  json["command"] = meta.command;
  return report::print(json);
}

std::optional<Meta> read_meta(const std::string& path, FileError& error) {
  const auto text = read_whole(path, error);
  if (!text) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(*text);
    Meta meta;
    meta.file = json.at("file");
    meta.key = json.at("key");
    meta.kind = json.at("kind");
    meta.message = json.at("message");
    meta.step = json.at("step");
    meta.mode = json.at("mode");
    if (json.at("why_not").is_string()) meta.why_not = json.at("why_not");
    meta.rr.path = json.at("rr").at("path");
    meta.rr.version = json.at("rr").at("version");
    meta.rr.options = json.at("rr").at("options").get<std::vector<std::string>>();
    meta.rr.software = meta.mode == "software";
    meta.threads = json.at("threads");
    meta.bytes = json.at("bytes");
    meta.events = json.at("events");
    meta.processor = json.at("processor");
    meta.kernel = json.at("kernel");
    meta.command = json.at("command");
    return meta;
  } catch (const nlohmann::json::exception&) {
    error = fmt::format("{} is no description of a recording", path);
    return std::nullopt;
  }
}

}  // namespace rw::engine

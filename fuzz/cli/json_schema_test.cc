// Every document that a subcommand prints with --json is as docs/racewalk-1.schema.json says, and
// holds no field that is not described there; also where the command cannot do what it should.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "fuzz/cli/cli.h"
#include "fuzz/cli/spawn.h"
#include "fuzz/engine/test_folder.h"

namespace rw::cli {
namespace {

const std::string kChecker = std::string(RACEWALK_SOURCE_DIR) + "/ci/check_report.py";

// For each subcommand, command lines that make it print each of its documents.
std::multimap<std::string, std::vector<std::string>> command_lines(const std::string& folder) {
  return {
      {"fuzz", {"--target", "puzzles", "--time", "1", "--jobs", "plain-steered", "--out", folder}},
      {"replay", {kLostUpdate}},
      {"replay", {kLostUpdate, "--mode", "threads"}},
      {"show", {kLostUpdate}},
      {"explain", {kLostUpdate}},
      {"capture", {kLostUpdate, "--seconds", "20", "-o", folder + "/captured.text"}},
      {"record", {kLostUpdate, "--rr", "off", "-o", folder + "/recording"}},
      {"debug", {kLostUpdate, "--batch"}},
      {"show", {"/nowhere/x.race"}},
      {"inferior", {kLostUpdate}},
      {"shrink", {kLostUpdate, "-o", folder + "/min.race"}},
      {"bugs", {"--target", "puzzles"}},
      {"bugs", {"--target", "puzzles", "--hunt", "lost_update,abba", "--time", "20"}},
      {"designs", {}},
      {"fmt", {kLostUpdate}},
      {"report", {kLostUpdate}},
      {"emit-test", {kLostUpdate}},
      {"explore", {kLostUpdate}},
      {"conformance", {"C1", "L1"}},
      {"doctor", {}},
      {"bench", {"hunts", "--rules", "8", "--seeds", "1", "--executions", "500"}},
      {"bench", {"strategies", kLostUpdate, "--schedules", "20"}},
      {"bench", {"classics", "account", "--strategy", "pos", "--schedules", "50"}},
      {"bench", {"capture", kLostUpdate, "--seconds", "5"}},
      {"determinism", {"--runs", "50"}},
      {"crosscheck", {"--runs", "200"}},
      {"worker", {}},  // the supervisor's; prints nothing
  };
}

std::string without_word(std::string text, const std::string& word) {
  const std::size_t at = text.find(word);
  return at == std::string::npos ? text : text.erase(at, word.size());
}

// For each subcommand, command lines that it cannot carry out, and part of what it says then.
// Several are answered by CLI11, before the subcommand runs.
struct Refused {
  const char* command;
  std::vector<std::string> options;
  const char* words;
};
std::vector<Refused> refused(const engine::TestFolder& folder) {
  const std::string gone = "/nowhere/x.race";
  const std::string fails_not =
      file_with(folder, without_word(contents(kLostUpdate), "twin=planted"));
  return {
      {"fuzz", {"--no-such-option"}, "unknown option"},
      {"fuzz", {"--target", "puzles"}, "unknown target"},
      {"fuzz", {"--seeds", "/nowhere"}, "there is no such folder"},
      {"replay", {gone}, "No such file"},
      {"replay", {}, "FILE is required"},
      {"show", {gone}, "No such file"},
      {"show", {kLostUpdate, "--html", "/nowhere/x.html"}, "cannot write /nowhere/x.html"},
      {"explain", {gone}, "No such file"},
      {"capture", {gone}, "No such file"},
      {"record", {gone}, "No such file"},
      {"record", {fails_not, "--rr", "off"}, "does not fail when it is run steered"},
      {"debug", {fails_not, "--batch"}, "does not fail"},
      {"shrink", {fails_not}, "does not fail when it is run steered"},
      {"shrink", {kLostUpdate, "-o", "/nowhere/x.race"}, "cannot write /nowhere/x.race"},
      {"bugs", {"--target", "puzzles", "--hunt", "nothing"}, "nothing"},
      {"bugs", {"--sarif", folder / "x"}, "add --hunt"},
      {"designs", {"--target", "nothing"}, "unknown target"},
      {"fmt", {gone}, "No such file"},
      {"report", {kLostUpdate, "--no-such-option"}, "unknown option"},
      {"emit-test", {fails_not}, "does not fail"},
      {"explore", {gone}, "No such file"},
      {"conformance", {"C999"}, "C999"},
      {"doctor", {"--no-such-option"}, "unknown option"},
      {"bench", {"hunts", "--rules", "nothing"}, "nothing"},
      {"bench", {"strategies", gone}, "No such file"},
      {"bench", {"classics", "nothing"}, "there is no classic"},
      {"bench", {"capture", kLostUpdate, "--seconds", "x"}, "'x' is not a number"},
      {"determinism", {"--runs", "-1"}, "'-1' is not a whole number"},
      {"crosscheck", {}, "needs the ThreadSanitizer build"},
      {"worker", {"--target", "nothing"}, "is required"},
      {"inferior", {}, "inferior needs a FILE"},
  };
}

Outcome check(const std::vector<std::string>& files) {
  std::vector<std::string> arguments = {"json"};
  arguments.insert(arguments.end(), files.begin(), files.end());
  return Spawned(arguments, 0, kChecker).wait();
}

// The documents that the schema describes.
std::set<std::string> described() {
  engine::FileError error;
  const auto schema = nlohmann::json::parse(
      *engine::read_whole(RACEWALK_SOURCE_DIR "/docs/racewalk-1.schema.json", error));
  std::set<std::string> names;
  for (const auto& branch : schema["oneOf"])
    names.insert(branch["$ref"].get<std::string>().substr(sizeof "#/definitions/" - 1));
  return names;
}

bool is_plain() {
  return !verdict::built_with(verdict::Sanitizer::thread) &&
         !verdict::built_with(verdict::Sanitizer::address);
}

TEST(JsonSchema, DescribesWhatEverySubcommandPrints) {
  if (!is_plain()) GTEST_SKIP() << "documents are the same in each build";
  engine::TestFolder folder;
  const auto lines = command_lines(folder.path);
  for (const Command& command : commands())
    EXPECT_TRUE(lines.contains(command.name))
        << command.name << ": add a command line here, and what it prints to docs/json.md and "
        << "docs/racewalk-1.schema.json";
  std::vector<std::string> files;
  for (const auto& [command, options] : lines) {
    if (command == "worker" || command == "crosscheck") continue;  // the latter: racewalk-tsan's
    std::vector<std::string> arguments = {command};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.emplace_back("--json");
    const Outcome outcome = racewalk(arguments);
    // The progress line and complaints are on standard error, in front of the document.
    const std::size_t at = outcome.output.find("{\n  \"schema\"");
    ASSERT_NE(at, std::string::npos) << command << ": " << outcome.output;
    const auto json = nlohmann::json::parse(outcome.output.substr(at), nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << command << ": " << outcome.output;
    EXPECT_EQ(json["exit_status"], outcome.status) << command;
    files.push_back(folder / (std::to_string(files.size()) + ".json"));
    ASSERT_EQ(engine::write_whole(files.back(), outcome.output.substr(at)), "");
  }
  const Outcome checked = check(files);
  EXPECT_EQ(checked.status, 0) << checked.output;
  std::set<std::string> seen = {"crosscheck"};
  std::istringstream names(checked.output);
  for (std::string name; std::getline(names, name);) seen.insert(name);
  EXPECT_EQ(seen, described());
}

TEST(JsonSchema, WhatCannotBeDoneIsADocumentWithTheReasonOfEverySubcommand) {
  if (!is_plain()) GTEST_SKIP() << "documents are the same in each build";
  engine::TestFolder folder;
  const std::vector<Refused> lines = refused(folder);
  for (const Command& command : commands())
    EXPECT_TRUE(std::ranges::any_of(lines, [&](auto& l) { return l.command == command.name; }))
        << command.name << ": add a command line here that it cannot carry out";
  std::vector<std::string> files;
  for (const Refused& line : lines) {
    std::vector<std::string> arguments = {line.command};
    arguments.insert(arguments.end(), line.options.begin(), line.options.end());
    EXPECT_EQ(racewalk(arguments).output.find('{'), std::string::npos) << "people get no JSON";
    arguments.emplace_back("--json");
    const Outcome outcome = racewalk(arguments);
    const std::size_t at = std::min(outcome.output.find("{\n  \"schema\""), outcome.output.size());
    const auto json = nlohmann::json::parse(outcome.output.substr(at), nullptr, false);
    ASSERT_TRUE(json.is_object()) << line.command << ": " << outcome.output;
    EXPECT_EQ(json.at("document"), "error") << outcome.output;
    EXPECT_EQ(json.at("exit_status"), outcome.status) << line.command;
    EXPECT_NE(outcome.status, 0) << line.command;
    EXPECT_SAYS(json.at("error").get<std::string>(), line.words);
    EXPECT_SAYS(outcome, "racewalk: " + json.at("error").get<std::string>() + "\n");
    files.push_back(folder / (std::to_string(files.size()) + ".json"));
    ASSERT_EQ(engine::write_whole(files.back(), outcome.output.substr(at)), "");
  }
  const Outcome checked = check(files);
  EXPECT_EQ(checked.status, 0) << checked.output;
}

TEST(JsonSchema, FieldsThatAreNewMissingOrOfAnotherTypeAreFound) {
  if (!is_plain()) GTEST_SKIP() << "documents are the same in each build";
  engine::TestFolder folder;
  const auto document = nlohmann::json::parse(racewalk({"replay", kLostUpdate, "--json"}).output);
  const auto outcome_of = [&](const nlohmann::json& json) {
    EXPECT_EQ(engine::write_whole(folder / "x.json", json.dump()), "");
    return check({folder / "x.json"});
  };
  EXPECT_EQ(outcome_of(document).status, 0);
  for (const auto& [change, words] : std::map<std::string, std::string>{
           {R"([{"op": "add", "path": "/finding/colour", "value": "red"}])", "'colour'"},
           {R"([{"op": "remove", "path": "/steps"}])", "'steps' is a required property"},
           {R"([{"op": "replace", "path": "/trace_hash", "value": 7}])", "trace_hash"},
           {R"([{"op": "replace", "path": "/document", "value": "replai"}])", "not described"}}) {
    const Outcome outcome = outcome_of(document.patch(nlohmann::json::parse(change)));
    EXPECT_EQ(outcome.status, 1) << change;
    EXPECT_NE(outcome.output.find(words), std::string::npos) << outcome.output;
  }
}

}  // namespace
}  // namespace rw::cli

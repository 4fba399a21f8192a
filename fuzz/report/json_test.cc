#include "fuzz/report/json.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "fuzz/report/story.h"

namespace rw::report {
namespace {

Finding finding() {
  Finding f;
  f.key = "k1-data-race-01234567";
  f.failure.kind = "data-race";
  f.failure.parts = {"vma.start", "expand", "clone"};
  f.failure.symmetric = true;
  f.failure.message = "bad byte \xff in it";
  f.failure.where = {"targets/mm/vma.cc", "clone", 77};
  f.failure.tasks.resize(2);
  f.file = "x.race";
  f.program = "# racewalk 1\n";
  f.summary = "T0 T1\n";
  return f;
}

std::vector<Json> all_documents() {
  ReplayResult replay;
  replay.trace_hash = 0xfedcba9876543210;
  replay.finding = finding();
  ShrinkResult shrink;
  shrink.passes.resize(1);
  shrink.finding = finding();
  HuntResult hunt;
  hunt.entries.resize(2);
  hunt.entries[0].found = true;
  hunt.entries[0].finding = finding();
  FuzzResult fuzz;
  fuzz.jobs.resize(1);
  fuzz.findings = {finding()};
  return {to_json(replay), to_json(shrink), to_json(hunt), to_json(fuzz)};
}

TEST(Json, EachDocumentBeginsWithItsSchemaAndName) {
  std::set<std::string> names;
  for (const Json& json : all_documents()) {
    auto member = json.begin();
    EXPECT_EQ(member.key(), "schema");
    EXPECT_EQ(*member, "racewalk-1");
    EXPECT_EQ((++member).key(), "document");
    names.insert(member->get<std::string>());
  }
  EXPECT_EQ(names, (std::set<std::string>{"replay", "shrink", "hunt", "fuzz"}));
}

TEST(Json, PrintedDocumentsParseWhateverBytesTheyHold) {
  for (const Json& json : all_documents()) {
    const std::string text = print(json);
    EXPECT_EQ(text.back(), '\n');
    EXPECT_FALSE(Json::parse(text, nullptr, false).is_discarded());
  }
}

TEST(Json, ATraceHashKeepsAllItsBits) {
  EXPECT_EQ(all_documents()[0]["trace_hash"], "fedcba9876543210");
}

TEST(Json, AFindingCarriesKeyTitleAndPlace) {
  const Json json = to_json(finding());
  EXPECT_EQ(json["key"], "k1-data-race-01234567");
  EXPECT_EQ(json["title"], "data-race: clone / expand on vma.start");
  EXPECT_EQ(json["where"]["line"], 77);
  EXPECT_EQ(json["tasks"].size(), 2U);
}

TEST(Json, WhatIsNotThereIsNullOrLeftOut) {
  const Json replay = to_json(ReplayResult{});
  EXPECT_TRUE(replay["finding"].is_null());
  EXPECT_TRUE(replay["divergence"].is_null());
  EXPECT_FALSE(to_json(Finding{}).contains("summary"));
}

TEST(Json, EventsHaveValuesOnlyWhereTheyMeanSomething) {
  Story story;
  story.op(0, "fault mm0 0x00");
  story.change(0, "page#1.mapcount", 0, 1);
  story.event(exec::EventKind::plain_write, 0, "page#1.index");
  story.plain(0, exec::EventKind::plain_write, "page#1.index", 5);
  const Json events = to_json(story.trace);
  ASSERT_EQ(events.size(), 4U);
  EXPECT_FALSE(events[0].contains("after"));
  EXPECT_FALSE(events[2].contains("after")) << "not known";
  EXPECT_EQ(events[3]["after"], 5);
  EXPECT_EQ(events[1]["after"], 1);
  EXPECT_EQ(events[1]["kind"], "store");
}

void collect_names(const Json& json, std::set<std::string>& names) {
  if (json.is_object())
    for (const auto& [name, value] : json.items()) {
      names.insert(name);
      collect_names(value, names);
    }
  if (json.is_array())
    for (const Json& value : json) collect_names(value, names);
}

TEST(Json, EveryFieldIsInTheDocumentation) {
  std::ifstream file(std::string(RACEWALK_SOURCE_DIR) + "/docs/json.md");
  ASSERT_TRUE(file) << "docs/json.md";
  std::stringstream text;
  text << file.rdbuf();
  std::set<std::string> names;
  for (const Json& json : all_documents()) collect_names(json, names);
  Story story;
  story.lock(0, "spin_lock", "x#1.lock");
  story.note(0, "n");
  collect_names(to_json(story.trace), names);
  for (const std::string& name : names)
    EXPECT_NE(text.str().find("`" + name + "`"), std::string::npos) << name;
}

}  // namespace
}  // namespace rw::report

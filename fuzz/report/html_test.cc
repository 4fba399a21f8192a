#include "fuzz/report/html.h"

#include <gtest/gtest.h>

#include "fuzz/report/sources.h"
#include "fuzz/report/story.h"

namespace rw::report {
namespace {

using exec::EventKind;
using exec::Failure;

struct Told {
  Story s;
  Failure f;
  Run run;

  Told() {
    s.phase = 0;
    s.op(0, "make");
    s.change(0, "page#1.count", 0, 1);
    s.phase = 1;
    s.op(0, "free");
    s.op(1, "map");
    s.lock(0, "spin_lock", "page#1.lock");
    s.event(EventKind::born, 1, "spte#1");
    s.change(1, "page#1.count", 1, 2);
    s.unlock(0, "spin_unlock", "page#1.lock");
    s.change(0, "page#1.count", 2, 1);
    s.event(EventKind::plain_write, 0, "page#1.owner");
    s.plain(0, EventKind::plain_read, "page#1.index", 4);
    s.plain(0, EventKind::plain_write, "page#1.index", 5);
    s.plain(0, EventKind::plain_write, "page#1.index", 5);
    s.event(EventKind::died, 0, "page#1");
    f.kind = "stale";
    f.message = "page#1 is freed while spte#1 maps it";
    f.where = s.here();
    f.task = 0;
    f.step = s.step;
    run.file = "x.race";
    run.program = "# </script><script>alert('no')</script>\ntarget: x\n";
    run.key = "k1-stale-00000000";
    run.failure = &f;
    run.trace = &s.trace;
  }
};

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin);
  EXPECT_NE(from, std::string::npos);
  return text.substr(from + begin.size(), text.find(end, from) - from - begin.size());
}

TEST(Page, NoTextOfARunEndsItsScript) {
  const Told told;
  const std::string page = html(told.run, {});
  EXPECT_EQ(page.find("alert('no')</script>"), std::string::npos);
  const std::string data =
      between(page, "<script type=\"application/json\" id=\"data\">", "</script>");
  EXPECT_EQ(Json::parse(data).at("program"), told.run.program) << "and it comes back whole";
}

TEST(Page, AsksForNothingFromAnywhere) {
  const Told told;
  std::string page = html(told.run, {});
  EXPECT_NE(page.find("default-src 'none'"), std::string::npos);
  for (const char* word : {"https:", "@import", "url(", " src=", "fetch("})
    EXPECT_EQ(page.find(word), std::string::npos) << word;
  const std::string name_space = "http://www.w3.org/2000/svg";
  for (std::size_t at; (at = page.find(name_space)) != std::string::npos;)
    page.erase(at, name_space.size());
  EXPECT_EQ(page.find("http:"), std::string::npos);
}

TEST(Page, BarsAndRowsAreOfOneTask) {
  const Told told;
  const Json data = page_data(told.run, {});
  ASSERT_EQ(data.at("bars").size(), 1u);
  const Json& bar = data.at("bars")[0];
  EXPECT_EQ(bar.at("lock"), "page#1.lock");
  EXPECT_EQ(data.at("rows")[bar.at("from").get<int>()].at("text"), "spin_lock page#1.lock");
  EXPECT_EQ(data.at("rows")[bar.at("to").get<int>()].at("text"), "spin_unlock page#1.lock");
  EXPECT_TRUE(data.at("rows").back().at("failed").get<bool>());
}

TEST(Page, TheStateOfAFieldIsItsValueRowByRow) {
  const Told told;
  const Json data = page_data(told.run, {});
  const Json& objects = data.at("objects");
  ASSERT_EQ(objects.size(), 2u);
  const Json& page = objects[objects[0].at("name") == "page#1" ? 0 : 1];
  EXPECT_EQ(page.at("born"), -1);
  EXPECT_EQ(page.at("died"), data.at("rows").size() - 1);
  std::map<std::string, Json> fields;
  for (const Json& field : page.at("fields")) fields[field.at("name")] = field;
  EXPECT_FALSE(fields.contains("lock")) << "bars show locks";
  const Json& count = fields.at("count");
  EXPECT_EQ(count.at("value"), "1") << "set-up has made it so";
  ASSERT_EQ(count.at("changes").size(), 2u);
  const auto row = [&](int change) { return count.at("changes")[change][0].get<int>(); };
  EXPECT_EQ(count.at("changes")[0][1], "2");
  EXPECT_EQ(count.at("changes")[0][2], 1);
  EXPECT_EQ(data.at("rows")[row(0)].at("text"), "page#1.count 1 -> 2");
  EXPECT_EQ(data.at("rows")[row(1)].at("text"), "page#1.count 2 -> 1");
  EXPECT_TRUE(fields.at("owner").at("changes")[0][1].is_null()) << "the trace has no value";
  const Json& index = fields.at("index");
  EXPECT_EQ(index.at("value"), "4") << "as it was read before it changed";
  ASSERT_EQ(index.at("changes").size(), 1u) << "writing what is there already changes nothing";
  EXPECT_EQ(index.at("changes")[0][1], "5");
}

TEST(Page, ARunThatDoesNotFailHasAPictureToo) {
  Told told;
  told.run.failure = nullptr;
  const Json data = page_data(told.run, {});
  EXPECT_EQ(data.at("kind"), "no failure");
  EXPECT_GT(data.at("rows").size(), 4u);
}

TEST(Page, AnEmptyTraceIsAPageWithoutRows) {
  const exec::Trace nothing;
  Told told;
  told.run.failure = nullptr;
  told.run.trace = &nothing;
  EXPECT_TRUE(page_data(told.run, {}).at("rows").empty());
  EXPECT_NE(html(told.run, {}).find("</html>"), std::string::npos);
}

TEST(Sources, PartsAreTheLinesAroundEachPlaceOnce) {
  const std::string file = "fuzz/report/html.h";
  const auto all = source_parts({{file, "", 1}, {file, "", 5}, {file, "", 30}, {"../x", "", 1}},
                                RACEWALK_SOURCE_DIR);
  ASSERT_EQ(all.size(), 1u) << "nothing outside of the tree is read";
  const std::vector<SourcePart>& parts = all.at(file);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].first, 1u);
  EXPECT_EQ(parts[0].lines.size(), 11u);
  EXPECT_EQ(parts[0].lines[0].substr(0, 12), "// One page ");
  EXPECT_EQ(parts[1].first, 24u);
}

}  // namespace
}  // namespace rw::report

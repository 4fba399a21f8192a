// The page of racewalk show, as a browser draws it: nothing overlaps, nothing is cut off.
//
// Each page gets fuzz/report/page_check.js at its end and is put into frames of 1280 and 800
// pixels, all of them in one page that gathers what they tell. Without a browser the tests are
// skipped, unless RACEWALK_REQUIRE_CHROMIUM is set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "fuzz/cli/spawn.h"
#include "fuzz/engine/test_folder.h"
#include "fuzz/engine/worker_process.h"

namespace rw::cli {
namespace {

using engine::TestFolder;
using Json = nlohmann::json;

std::string browser() {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');)
    for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
      if (::access((folder + "/" + name).c_str(), X_OK) == 0) return folder + "/" + name;
  return {};
}

std::string contents_of(const std::string& path) {
  engine::FileError error;
  const auto text = engine::read_whole(path, error);
  EXPECT_EQ(error, "");
  return text.value_or("");
}

// What the browser makes of an address, as HTML.
std::string drawn(const std::string& address) {
  const TestFolder folder;
  engine::FileError error;
  auto child = engine::WorkerProcess::start(
      {browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
       "--no-first-run", "--hide-scrollbars", "--user-data-dir=" + (folder / "profile"),
       "--window-size=1300,900", "--virtual-time-budget=20000", "--dump-dom", address},
      folder / "dom", error);
  EXPECT_TRUE(child) << error;
  if (!child) return {};
  EXPECT_TRUE(child->wait(120)) << "the browser does not end";
  return contents_of(folder / "dom");
}

// Why the layout cannot be checked here; empty: it can.
std::string reason_to_skip() {
  if (verdict::built_with(verdict::Sanitizer::thread) ||
      verdict::built_with(verdict::Sanitizer::address))
    return "pages are the same in each build: the plain one checks them";
  if (browser().empty())
    return "the layout of pages is not checked: no chromium in PATH (apt-get install chromium)";
  static const std::string blank = drawn("about:blank");
  if (blank.find("<body>") != std::string::npos) return {};
  return "the layout of pages is not checked: " + browser() + " does not start here: " + blank;
}

#define NEEDS_A_BROWSER()                                                                     \
  if (const std::string why = reason_to_skip(); !why.empty()) {                               \
    if (why.starts_with("the layout") && std::getenv("RACEWALK_REQUIRE_CHROMIUM") != nullptr) \
      FAIL() << why;                                                                          \
    GTEST_SKIP() << why;                                                                      \
  }

// The page of a program of the tree.
std::string page_of(const std::string& file) {
  const TestFolder folder;
  const std::string source = RACEWALK_SOURCE_DIR;
  const Outcome shown = racewalk({"show", source + "/" + file, "--html", folder / "page.html"});
  EXPECT_LE(shown.status, 1) << shown.output;
  return contents_of(folder / "page.html");
}

std::string inserted(std::string page, const std::string& before, const std::string& what) {
  const std::size_t at = page.rfind(before);
  EXPECT_NE(at, std::string::npos) << before;
  return page.insert(at, what);
}

constexpr const char* kGather = R"(<!DOCTYPE html><html><body><pre id="results">none</pre><script>
const results = {};
window.onmessage = (event) => {
  results[event.data.id] = event.data.result;
  document.getElementById('results').textContent = JSON.stringify(results).replaceAll('&', ' ')
      .replaceAll('<', ' ').replaceAll('>', ' ');
};
</script>
)";

// By "<name> <width>": what the page's check tells.
std::map<std::string, Json> look_at(const std::map<std::string, std::string>& pages) {
  const TestFolder folder;
  const std::string check =
      "<script>\n" + contents_of(RACEWALK_SOURCE_DIR "/fuzz/report/page_check.js") + "</script>\n";
  std::string all = kGather;
  for (const auto& [name, page] : pages) {
    EXPECT_EQ(engine::write_whole(folder / (name + ".html"), inserted(page, "</body>", check)), "");
    for (const char* width : {"1280", "800"})
      all += "<iframe name=\"" + name + " " + width + "\" width=" + width +
             " height=900 frameborder=0 src=\"" + name + ".html\"></iframe>\n";
  }
  EXPECT_EQ(engine::write_whole(folder / "all.html", all + "</body></html>\n"), "");
  const std::string dom = drawn("file://" + (folder / "all.html"));
  const std::string begin = "<pre id=\"results\">";
  const std::size_t at = dom.find(begin);
  const std::size_t end = dom.find("</pre>", at);
  if (at == std::string::npos || end == std::string::npos) {
    ADD_FAILURE() << dom;
    return {};
  }
  return Json::parse(dom.substr(at + begin.size(), end - at - begin.size()));
}

TEST(Page, NothingOverlapsOrIsCutOffAt1280And800Pixels) {
  NEEDS_A_BROWSER();
  const std::map<std::string, std::string> pages = {
      {"one-task", page_of("repro/mm/1-root-freed-first.race")},
      {"two-tasks", page_of("repro/mm/12-register-narrow-lock.race")},
      {"three-tasks", page_of("repro/puzzles/three_locks.race")},
      {"weak", page_of("repro/puzzles/relaxed_put.race")},
      {"long", page_of("corpus/mm/reference.race")}};
  const auto results = look_at(pages);
  ASSERT_EQ(results.size(), 2 * pages.size());
  for (const auto& [name, result] : results) {
    EXPECT_TRUE(result.at("problems").empty()) << name << ": " << result.at("problems").dump(1);
    EXPECT_EQ(name.ends_with(" 800") ? 800 : 1280, result.value("width", 0)) << name;
    EXPECT_GT(result.value("rows", 0), name.starts_with("long") ? 200 : 3) << name;
  }
  EXPECT_GT(results.at("two-tasks 800").value("arrows", 0), 2);
  EXPECT_GT(results.at("three-tasks 800").value("bars", 0), 2);
}

TEST(Page, ABrokenLayoutIsReported) {
  NEEDS_A_BROWSER();
  const std::string page = page_of("repro/mm/8-page-lock-only.race");
  const auto styled = [&](const std::string& style) {
    return inserted(page, "</head>", "<style>" + style + "</style>\n");
  };
  const std::map<std::string, std::string> pages = {
      {"cut", styled(".text { max-width: 60px; white-space: nowrap; overflow: hidden; }")},
      {"overlap", styled(".row { height: 9px; }")},
      {"wide", styled("body { min-width: 1700px; }")},
      {"crossed", styled("#overlay { transform: translate(90px, 4px); }")}};
  const std::map<std::string, std::string> expected = {{"cut", "cut off"},
                                                       {"overlap", "texts overlap"},
                                                       {"wide", "larger than the window"},
                                                       {"crossed", "a line runs over"}};
  const auto results = look_at(pages);
  for (const auto& [name, words] : expected)
    for (const char* width : {" 1280", " 800"})
      EXPECT_NE(results.at(name + width).at("problems").dump().find(words), std::string::npos)
          << name << width << ": " << results.at(name + width).dump();
}

}  // namespace
}  // namespace rw::cli

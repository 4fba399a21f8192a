#include "fuzz/engine/corpus.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "fuzz/engine/test_folder.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/generate.h"
#include "fuzz/program/text.h"

namespace rw::engine {
namespace {

Target& puzzles() {
  return *find_target("puzzles");
}

program::Program some(std::uint64_t seed) {
  return program::generate(puzzles(), {}, seed);
}

struct Complaints {
  std::vector<std::string> lines;
  std::function<void(const std::string&)> take() {
    return [this](const std::string& line) { lines.push_back(line); };
  }
};

TEST(Corpus, WhatOneCampaignKeepsTheNextOneReads) {
  TestFolder folder;
  Corpus corpus(folder.path);
  for (std::uint64_t seed = 1; seed <= 5; seed++) corpus.add(some(seed));
  EXPECT_EQ(corpus.unwritten(), 5U);
  ASSERT_EQ(corpus.flush(0), "");
  EXPECT_EQ(corpus.unwritten(), 0U);
  Complaints complaints;
  const auto read = Corpus::read(folder.path, puzzles(), complaints.take());
  EXPECT_TRUE(complaints.lines.empty());
  ASSERT_EQ(read.size(), 5U);
  std::set<std::string> kept, back;
  for (std::uint64_t seed = 1; seed <= 5; seed++) kept.insert(corpus_name(some(seed)));
  for (const program::Program& p : read) back.insert(corpus_name(p));
  EXPECT_EQ(back, kept);
}

TEST(Corpus, AnInputIsNamedByItsBytesSoItIsWrittenOnce) {
  TestFolder folder;
  Corpus corpus(folder.path);
  corpus.add(some(1));
  corpus.add(some(1));
  ASSERT_EQ(corpus.flush(0), "");
  EXPECT_EQ(list_folder(folder.path), std::vector<std::string>{corpus_name(some(1))});
}

TEST(Corpus, ForeignAndBrokenFilesAreReportedPassedOverAndLeftAlone) {
  TestFolder folder;
  Corpus corpus(folder.path);
  corpus.add(some(1));
  ASSERT_EQ(corpus.flush(0), "");
  ASSERT_EQ(write_whole(folder / "a.race", "no program at all"), "");
  ASSERT_EQ(write_whole(folder / "b.race", ""), "");
  ASSERT_EQ(write_whole(folder / "README", "hello"), "");
  ASSERT_EQ(write_whole(folder / "half.race.1.0.tmp", "# racewalk 1"), "");
  Complaints complaints;
  unsigned files = 0;
  const auto each = [&files] { ++files; };
  EXPECT_EQ(Corpus::read(folder.path, puzzles(), complaints.take(), each).size(), 1U);
  EXPECT_EQ(files, 5U) << "one sign of life for each";
  ASSERT_EQ(complaints.lines.size(), 3U) << "a temporary file is no surprise";
  for (const char* name : {"README", "a.race", "b.race"}) {
    FileError error;
    EXPECT_TRUE(read_whole(folder / name, error).has_value()) << name;
  }
}

// As with the corpus of another target, of which there are thousands.
TEST(Corpus, OfManyForeignFilesTheFirstAreNamedAndTheOthersCounted) {
  TestFolder folder;
  for (char c = 'a'; c <= 'l'; ++c)
    ASSERT_EQ(write_whole(folder / (std::string(1, c) + ".race"), "no program at all"), "");
  Complaints complaints;
  EXPECT_EQ(Corpus::read(folder.path, puzzles(), complaints.take()).size(), 0U);
  ASSERT_EQ(complaints.lines.size(), 9U);
  EXPECT_NE(complaints.lines[7].find("h.race:1: "), std::string::npos) << complaints.lines[7];
  EXPECT_EQ(complaints.lines[8], folder.path + ": 4 more passed over");
}

TEST(Corpus, AFolderThatIsGoneIsAnError) {
  Corpus corpus("/nonexistent/corpus");
  corpus.add(some(1));
  EXPECT_NE(corpus.flush(0), "");
}

TEST(Corpus, PickReachesEveryInput) {
  Corpus corpus("");
  for (std::uint64_t seed = 1; seed <= 9; seed++) corpus.add(some(seed));
  program::Prng prng(3);
  std::set<std::string> picked;
  for (int i = 0; i < 1000; i++) picked.insert(corpus_name(corpus.pick(prng)));
  EXPECT_EQ(picked.size(), 9U);
}

TEST(Corpus, PickGivesWhatFewInputsReachAsMuchAsWhatAllReach) {
  Corpus corpus("");
  const std::vector<std::uint32_t> common = {0}, both = {0, 5};
  corpus.add(some(1), false, both);
  for (std::uint64_t seed = 2; seed <= 30; seed++) corpus.add(some(seed), false, common);
  program::Prng prng(3);
  std::map<std::string, int> picked;
  for (int i = 0; i < 1000; i++) picked[corpus_name(corpus.pick(prng))]++;
  EXPECT_GT(picked[corpus_name(some(1))], 400);
  EXPECT_GT(picked[corpus_name(some(30))], 30) << "one of the last of the others";
  EXPECT_EQ(picked.size(), 9U);
}

TEST(Corpus, PickGivesHalfToWhatGetsToTheAxesAndLeansToTheRareOne) {
  Corpus corpus("");
  corpus.axes_begin_at(10);
  const std::vector<std::uint32_t> often = {0, 12}, seldom = {0, 13};
  corpus.add(some(1), false, seldom);
  for (std::uint64_t seed = 2; seed <= 10; seed++) corpus.add(some(seed), false, often);
  for (std::uint32_t m = 1; m < 9; m++) {
    const std::vector<std::uint32_t> one = {m};
    corpus.add(some(m + 20), false, one);
  }
  program::Prng prng(3);
  std::map<std::string, int> picked;
  for (int i = 0; i < 4000; i++) picked[corpus_name(corpus.pick(prng))]++;
  // Three quarters of the half, and one of eleven mechanisms in the other half.
  EXPECT_NEAR(picked[corpus_name(some(1))], 4000 * (3 / 8. + 1 / 22.), 200);
  EXPECT_EQ(picked.size(), 1U + 8U + 8U) << "the others come up all the same";
}

}  // namespace
}  // namespace rw::engine

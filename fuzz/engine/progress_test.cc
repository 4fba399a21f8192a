#include "fuzz/engine/progress.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>

namespace rw::engine {
namespace {

TEST(ShortNumber, KeepsThreeDigitsOrSo) {
  EXPECT_EQ(short_number(812), "812");
  EXPECT_EQ(short_number(9999), "9999");
  EXPECT_EQ(short_number(43'712), "43.7 k");
  EXPECT_EQ(short_number(5'100'000), "5.1 M");
  EXPECT_EQ(short_number(28.04e9), "28.0 G");
}

TEST(ProgressLine, RatesAreOfTheTimeSinceTheLineBefore) {
  ProgressNumbers before;
  before.seconds = 10;
  before.executions = 1000;
  before.steps = 100'000;
  ProgressNumbers now = before;
  now.seconds = 20;
  now.executions = 3000;
  now.steps = 1'100'000;
  now.findings = 1;
  now.job = "tsan-threads";
  const std::string line = progress_line(now, before);
  EXPECT_NE(line.find("3000 executions  200/s  100.0 k steps/s"), std::string::npos) << line;
  EXPECT_NE(line.find("1 finding  tsan-threads"), std::string::npos) << line;
}

TEST(ProgressLine, SaysNothingOfWhatNoJobCounts) {
  ProgressNumbers now;
  EXPECT_EQ(progress_line(now, {}).find("edges"), std::string::npos);
  EXPECT_EQ(progress_line(now, {}).find("orderings"), std::string::npos);
  now.orderings = 3120;
  EXPECT_NE(progress_line(now, {}).find("  3120 orderings  0 findings"), std::string::npos);
}

TEST(ProgressLine, OffATerminalALineComesEveryTenSecondsOnly) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::tmpfile(), std::fclose);
  ASSERT_NE(file, nullptr);
  {
    ProgressLine line(file.get());
    ProgressNumbers now;
    for (now.seconds = 0; now.seconds < 35; now.seconds += 0.5) line.update(now);
  }
  ASSERT_EQ(std::fseek(file.get(), 0, SEEK_SET), 0);
  int lines = 0;
  for (int c = 0; (c = std::fgetc(file.get())) != EOF;) lines += c == '\n' ? 1 : 0;
  EXPECT_EQ(lines, 3);
}

}  // namespace
}  // namespace rw::engine

// For tests of campaigns from outside: one as a process, and its folder.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "fuzz/cli/spawn.h"
#include "fuzz/program/text.h"

namespace rw::cli {

// A campaign on one job of this build, so that the test needs no other binary.
inline std::vector<std::string> fuzz(const std::string& out, const std::string& design,
                                     const std::string& seconds) {
  const char* job = "plain-steered";
  if (verdict::built_with(verdict::Sanitizer::thread)) job = "tsan-steered";
  if (verdict::built_with(verdict::Sanitizer::address)) job = "asan-steered";
  std::vector<std::string> arguments = {"fuzz", "--target", "puzzles", "--jobs",    job, "--out",
                                        out,    "--time",   seconds,   "--workers", "1"};
  if (!design.empty()) arguments.insert(arguments.end(), {"--design", design});
  return arguments;
}

inline std::vector<std::string> with(std::vector<std::string> arguments,
                                     const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

inline std::vector<std::string> races_in(const std::string& folder) {
  std::vector<std::string> names = engine::list_folder(folder);
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".race"); });
  return names;
}

// Of a folder that holds some.
inline void expect_all_whole(const std::string& folder) {
  EXPECT_FALSE(races_in(folder).empty()) << folder;
  for (const std::string& name : races_in(folder)) {
    const auto loaded = program::load(folder + "/" + name);
    EXPECT_TRUE(loaded.ok()) << loaded.error().text();
  }
}

}  // namespace rw::cli

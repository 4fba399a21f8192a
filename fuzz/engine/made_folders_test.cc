#include "fuzz/engine/made_folders.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "fuzz/engine/test_folder.h"

namespace rw::engine {
namespace {

namespace fs = std::filesystem;

TEST(MadeFolders, ThoseThatStayEmptyGo) {
  TestFolder folder;
  ASSERT_EQ(make_folder(folder / "before"), "");
  {
    MadeFolders made;
    EXPECT_EQ(made.make(folder / "before/a/b/"), "");
    EXPECT_EQ(made.make(folder / "before/a/c"), "");
    EXPECT_EQ(made.make_parent(folder / "d/file"), "");
    EXPECT_EQ(made.make_parent("file"), "");
    EXPECT_TRUE(fs::is_directory(folder / "before/a/b"));
    EXPECT_TRUE(fs::is_directory(folder / "before/a/c"));
    EXPECT_TRUE(fs::is_directory(folder / "d"));
    EXPECT_FALSE(fs::exists(folder / "d/file"));
  }
  EXPECT_TRUE(fs::is_empty(folder / "before")) << "it was there before";
  EXPECT_FALSE(fs::exists(folder / "d"));
}

TEST(MadeFolders, WhatWasPutIntoThemStays) {
  TestFolder folder;
  {
    MadeFolders made;
    EXPECT_EQ(made.make(folder / "a/b/c"), "");
    EXPECT_EQ(write_whole(folder / "a/b/file", "kept"), "");
  }
  EXPECT_FALSE(fs::exists(folder / "a/b/c"));
  FileError error;
  EXPECT_EQ(read_whole(folder / "a/b/file", error).value_or(error), "kept");
}

TEST(MadeFolders, AFileInTheWayIsAnErrorAndLeavesNothing) {
  TestFolder folder;
  ASSERT_EQ(write_whole(folder / "file", ""), "");
  {
    MadeFolders made;
    EXPECT_NE(made.make(folder / "file/x"), "");
    EXPECT_NE(made.make_parent(folder / "file/x"), "");
  }
  EXPECT_EQ(list_folder(folder.path), std::vector<std::string>{"file"});
}

}  // namespace
}  // namespace rw::engine

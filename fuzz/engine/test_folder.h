// For tests: a fresh folder that goes away with its object.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace rw::engine {

struct TestFolder {
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "racewalk-test-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string operator/(const std::string& name) const { return path + "/" + name; }

  std::string path;
};

}  // namespace rw::engine

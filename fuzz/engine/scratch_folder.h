// A fresh folder that goes away, with what is in it, with its object.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace rw::engine {

struct ScratchFolder {
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "racewalk-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string path;  // empty: it could not be made
};

}  // namespace rw::engine

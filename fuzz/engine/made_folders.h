// Folders for what a command is going to write, made before its work begins.
//
// Promises: those that were made here and are still empty when the object goes are removed again;
// what others have put into them stays. Leaves out: a process that is killed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "fuzz/engine/files.h"

namespace rw::engine {

class MadeFolders {
 public:
  MadeFolders() = default;
  ~MadeFolders();
  MadeFolders(const MadeFolders&) = delete;
  MadeFolders& operator=(const MadeFolders&) = delete;

  // As make_folder.
  [[nodiscard]] FileError make(const std::string& path);
  // The same of the folder that `path` lies in.
  [[nodiscard]] FileError make_parent(const std::string& path);

 private:
  std::vector<std::filesystem::path> made_;  // a folder stands behind the one it lies in
};

}  // namespace rw::engine

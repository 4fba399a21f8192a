// A fresh folder for temporary files; as an object, one that goes away with what is in it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace rw::engine {

// Its path, of which `begins` is how its name begins; empty: it could not be made, as errno says.
inline std::string new_scratch_folder(const std::string& begins = "racewalk") {
  std::string path = (std::filesystem::temp_directory_path() / (begins + "-XXXXXX")).string();
  return ::mkdtemp(path.data()) != nullptr ? path : std::string();
}

struct ScratchFolder {
  ScratchFolder() = default;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string path = new_scratch_folder();  // empty: it could not be made
};

}  // namespace rw::engine

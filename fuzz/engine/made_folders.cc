#include "fuzz/engine/made_folders.h"

#include <unistd.h>

#include <algorithm>
#include <system_error>

namespace rw::engine {

namespace fs = std::filesystem;

FileError MadeFolders::make(const std::string& path) {
  std::vector<fs::path> missing;
  std::error_code ignored;
  for (fs::path p = path; !p.empty() && !fs::exists(p, ignored); p = p.parent_path())
    missing.push_back(p);
  made_.insert(made_.end(), missing.rbegin(), missing.rend());
  return make_folder(path);
}

FileError MadeFolders::make_parent(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return make(parent.empty() ? "." : parent);
}

MadeFolders::~MadeFolders() {
  std::reverse(made_.begin(), made_.end());
  for (const fs::path& folder : made_) (void)::rmdir(folder.c_str());  // fails if it is not empty
}

}  // namespace rw::engine

// For tests: a fresh folder that goes away with its object.
#pragma once

#include <string>

#include "fuzz/engine/scratch_folder.h"
#include "fuzz/sync/check.h"

namespace rw::engine {

struct TestFolder : ScratchFolder {
  TestFolder() { RW_CHECK(!path.empty(), "no temporary folder could be made"); }
  std::string operator/(const std::string& name) const { return path + "/" + name; }
};

}  // namespace rw::engine

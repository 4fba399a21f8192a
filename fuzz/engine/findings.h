// The findings of a campaign as they lie in its folder: one program each, named by its key.
//
// Promises: what workers write is noticed whoever wrote it and whenever; files of before count too.
// Leaves out: writing them (campaign.h, rescue.h).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "fuzz/report/json.h"

namespace rw::engine {

// The .race files of `folder`, sorted. KEY.min.race and KEY.captured.race, which shrink and capture
// write beside KEY.race, are the same finding: they are left out while that is there.
std::vector<std::string> races_of(const std::string& folder);

class FindingsFolder {
 public:
  explicit FindingsFolder(std::string folder) : folder_(std::move(folder)) {}

  // Looks for new files. Returns a new finding's picture, or its path if it has none, for each.
  // Whoever wrote a program wrote its picture first.
  std::vector<std::string> look();

  const std::set<std::string>& keys() const { return keys_; }

 private:
  std::string folder_;
  std::set<std::string> keys_;
};

// A finding in folder `out` as the JSON documents give it. Its saved program is run once more for
// the failure itself, unless that would end the process.
report::Finding finding_in(const std::string& out, const std::string& key);

}  // namespace rw::engine

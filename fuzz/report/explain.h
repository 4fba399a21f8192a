// The story of a run in numbered sentences.
//
//   1 T0 runs truncate f0 0x0. T1 runs d0 = register mm0 kvm; secondary_fault d0 0x2 read.
//   2 T0 in truncate f0 0x0, steps 62 to 68: takes file#0.i_mmap_mutex; reads
//     mm_struct#0.notifiers = NULL. It is stopped, holding file#0.i_mmap_mutex.
//   ...
//   6 stale-secondary: page#4 is freed while kvm#0 maps it (targets/mm/file.cc:106, step 158).
//
// One sentence per turn of a task, with the steps of it that other tasks feel; then the failure,
// and what it depends on: who made, freed and used the object, which locks each side held and that
// they have none in common; who waits for whom; who took the locks the other way round.
//
// Promises: each sentence is read off the trace, nothing is guessed; a pure function of the run.
// Leaves out: why the code is as it is, and what would mend it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/report/run.h"

namespace rw::report {

struct Sentence {
  std::string text;
  std::optional<std::size_t> event;  // index of the event that it begins with
};

std::vector<Sentence> explain(const Run& run);

// Numbered, at most `width` columns, each ending in a newline.
std::string numbered(const std::vector<Sentence>& sentences, unsigned width);

}  // namespace rw::report

// A picture's rows with what spans several of them: bars of held locks, happens-before arrows.
//
// Events become rows here: a bar or an arrow that begins or ends at an event belongs to the last
// row of its task that the event is behind.
//
// Promises: all numbers are indices of `picture.rows`; no bar or arrow leads to a row of another
// task or backwards; two arrows never join the same two rows.
// Leaves out: sizes and places (the page, Mermaid).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "fuzz/report/rows.h"
#include "fuzz/report/run.h"

namespace rw::report {

struct Bar {  // a held lock
  unsigned task = 0;
  std::string lock;
  bool shared = false;
  std::size_t from = 0;
  std::size_t to = 0;  // the row that releases it, or picture.rows.size()
};

struct Arrow {
  std::size_t from = 0, to = 0;
  std::string over;
};

struct Layout {
  Picture picture;
  std::vector<Bar> bars;
  std::vector<Arrow> arrows;
};

// Repetitions are folded; what more than `most_rows` leaves out is the middle, and said.
Layout lay_out(const Run& run, std::size_t most_rows);

// The last row that event `event` is not before; picture.rows must not be empty.
std::size_t row_at(const Picture& picture, std::size_t event);

}  // namespace rw::report

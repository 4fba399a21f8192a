// From a trace's events to the rows of a picture: what is shown, in which words.
//
// Promises: rows are in the order of the events; the row that failed and the ones it failed against
// carry a mark.
// Leaves out: columns, widths and cutting (table.cc).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"

namespace rw::report {

struct Row {
  std::uint8_t task = 0;
  bool of_task = true;      // false: a line across all columns
  std::uint8_t indent = 0;  // 0: an op; 1: what the op does; 2: inside an operation
  std::uint32_t step = 0;   // in which it is shown, as the trace numbers them; 0: before the first
  std::size_t event = 0;    // index of the event at which it is shown; never falls from row to row
  std::string text;
  std::string object;  // what it is about, "" if nothing: "page#1.mapcount"
  exec::Place where;
  std::uint32_t holding = 0;  // bit t: task t holds a lock when the row has happened
  bool shared = false;        // another task touches what it is about, and somebody changes it
  bool told = false;          // a note, birth or death: words of the code under test
  bool takes = false;         // an operation that takes the lock `object` at once
  bool drops = false;         // an operation that releases it
  bool fold = false;          // stands for rows left out: no number
  bool decides = false;       // never folded away
  bool failed = false;
  std::string mark;  // "use-after-free", "races with step 17"; "" if none
};

// What the row of a failure says that the final checks met.
inline constexpr const char* kFinalChecks = "final checks";

struct Picture {
  std::vector<std::string> setup;     // the set-up ops
  std::vector<std::string> headings;  // one per task: "T0", or "T0 truncate f0 0" if that is its op
  std::vector<Row> rows;
  std::size_t events = 0;  // of the trace
  bool ended = false;      // all_have_ended has been called
};

// `failure` may be null.
Picture rows_of(const exec::Trace& trace, const exec::Failure* failure);

// Puts the line between the tasks and the final checks, which run as task 0; once.
void all_have_ended(Picture& picture);

// Whether it may be folded away: it is about a place that no other task touches.
bool is_private(const Row& row);

// Shortens the picture: a lock that is taken and dropped with nothing in between is one row, and so
// is what repeats; then, beyond `enough` rows, runs of rows about things no other task touches;
// then, beyond `most` rows, the middle.
void fold(Picture& picture, std::size_t enough, std::size_t most);

}  // namespace rw::report

// One page that shows a run: a lane per task, the story, the state at each row, the source.
//
// The page is page.html with page.css, page.js and page_state.js in it, made part of the binary by
// CMake, and the run as one block of JSON that is all indices of rows; the scripts draw it.
//
// Promises: the page needs no network and asks for none (its Content-Security-Policy forbids it);
// no text of the run is read as HTML or script.
// Leaves out: rows beyond `most_rows`, of which it says how many.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "fuzz/report/json.h"
#include "fuzz/report/run.h"

namespace rw::report {

struct PageOptions {
  std::string source_root;       // where the places' files lie; empty: no source in the page
  std::size_t most_rows = 2000;  // the middle of longer runs is left out
};

std::string html(const Run& run, const PageOptions& options);

// What page.js draws.
Json page_data(const Run& run, const PageOptions& options);

// The files, from CMake.
extern const std::string_view kPageHtml, kPageCss, kPageJs, kPageStateJs;

}  // namespace rw::report

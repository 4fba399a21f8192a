// A sequence diagram for Mermaid, which GitHub, GitLab and others draw out of a Markdown comment.
//
// Participants are the tasks, notes are the rows of the table, activation bars are held locks, and
// arrows are happens-before edges.
//
// Promises: uses participant, Note, ->>, activate and deactivate only; each deactivate has its
// activate; nothing in the texts is syntax; at most `most_rows` rows, and says what it left out.
// Leaves out: the fence around it ("```mermaid").
#pragma once

#include <cstddef>
#include <string>

#include "fuzz/report/run.h"

namespace rw::report {

// 200 rows stay far below the 50,000 characters beyond which Mermaid refuses a diagram.
std::string mermaid(const Run& run, std::size_t most_rows = 200);

}  // namespace rw::report

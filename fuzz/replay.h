// A saved failure, run again by a test of one's own: what `racewalk emit-test` writes calls this.
//
//   TEST(Repro, NoUseAfterFree) {
//     const rw::Replay replay = rw::replay(kProgram);  // the text of a .race file
//     EXPECT_TRUE(replay.passed()) << replay.report();
//   }
//
// Promises: a pure function of the text and of the code under test. The schedule is followed as far
// as the code allows: a fix may change the steps, and then `divergence` says where.
// Leaves out: failures that end the process (sanitizers, null pointers): those end the test.
#pragma once

#include <string>
#include <string_view>

namespace rw {

struct Replay {
  std::string error;     // the text is no program: "file:line: what, and what to write instead"
  std::string key;       // of the failure that came; empty: none did
  std::string expected;  // the key that the text says; empty: it says none
  std::string picture;   // program, table and stacks of the failure; empty: none came
  std::string
      divergence;  // "step 12: ...", where the schedule could not be followed; empty: it was

  // It ran, and no failure came, neither the expected one nor another.
  bool passed() const { return error.empty() && key.empty(); }
  // What a person wants to read: the error, the picture, the divergence.
  std::string report() const;
};

// Runs the program `race`, the text of a .race file (docs/race-format.md), once and steered.
// `name` stands in errors for the file's name.
Replay replay(std::string_view race, std::string_view name = "program");

}  // namespace rw

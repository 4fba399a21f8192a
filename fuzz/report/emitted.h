// A GoogleTest case that replays a failure: fails while the bug is there, passes once it is fixed.
//
// Promises: the text compiles as it is wherever fuzz/replay.h is found; it holds the whole program,
// so nothing else is needed to run it; equal inputs give equal texts.
// Leaves out: building it. A file x_test.cc in targets/<target>/ is built and run with the others.
#pragma once

#include <string>

namespace rw::report {

struct TestToEmit {
  std::string program;  // text of the .race file, with expect and key
  std::string title;    // one line about the failure
  std::string target;   // "mm"
  std::string key;      // the test is named by it
};

std::string emit_test(const TestToEmit& test);

// "k1-use-after-free-0123abcd" -> "K1UseAfterFree0123abcd": what can name a test.
std::string camel_case(const std::string& words);

}  // namespace rw::report

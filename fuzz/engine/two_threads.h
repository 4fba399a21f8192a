// A program of two threads that hand a number to and fro: what a recorder must be able to record
// and replay before a recording of a real execution is worth the time.
#pragma once

#include <string>

namespace rw::engine {

// Runs it. "two threads counted to 200", whatever the machine does.
std::string two_threads();

}  // namespace rw::engine

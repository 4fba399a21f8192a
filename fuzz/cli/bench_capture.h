// A part of `racewalk bench` with a file of its own.
#pragma once

#include "fuzz/cli/cli.h"

namespace rw::cli {

void add_bench_capture(CLI::App& bench_app, int* status);

}  // namespace rw::cli

// The racewalk program: the command, and the compiler's edge counters.
//
// The two callbacks below are libFuzzer's in its own binaries, so they stand here, in the one file
// that only racewalk is made of.
#include <cstdint>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/coverage.h"

extern "C" {
void __sanitizer_cov_8bit_counters_init(std::uint8_t* first, std::uint8_t* last);
void __sanitizer_cov_pcs_init(const std::uintptr_t* first, const std::uintptr_t* last);

void __sanitizer_cov_8bit_counters_init(std::uint8_t* first, std::uint8_t* last) {
  rw::engine::add_edge_counters(first, last);
}
// The table of program counters beside the counters: nobody asks for it.
void __sanitizer_cov_pcs_init(const std::uintptr_t*, const std::uintptr_t*) {}
}

int main(int argc, char** argv) {
  return rw::cli::run(argc, argv);
}

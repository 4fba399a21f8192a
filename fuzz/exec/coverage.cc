#include "fuzz/exec/coverage.h"

namespace rw::exec {

namespace {
__attribute__((section("__libfuzzer_extra_counters"), used)) std::uint8_t g_orderings[kOrderings];
}

std::uint8_t* orderings() {
  return g_orderings;
}

}  // namespace rw::exec

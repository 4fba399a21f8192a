#include "fuzz/exec/coverage.h"

namespace rw::exec {

__attribute__((section("__libfuzzer_extra_counters"), used)) std::uint8_t g_orderings[kOrderings];

}  // namespace rw::exec

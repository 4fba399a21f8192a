#include "fuzz/exec/coverage.h"

namespace rw::exec {

__attribute__((section("__libfuzzer_extra_counters"), used)) std::uint8_t g_orderings[kOrderings];
std::uint32_t g_touched[kOrderings];
std::size_t g_touched_count = 0;

}  // namespace rw::exec

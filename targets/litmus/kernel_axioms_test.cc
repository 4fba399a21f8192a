// The machine's rules of the kernel against the axioms of the kernel's model.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "fuzz/engine/explore.h"
#include "fuzz/exec/prng.h"
#include "targets/litmus/harness_test.h"
#include "targets/litmus/kernel_axioms.h"

namespace {

using namespace rw;
using namespace rw::litmus;

Litmus parsed(const std::string& program, const std::string& outcome = "x=1") {
  std::string error;
  Litmus test = parse(program, outcome, error);
  EXPECT_EQ(error, "") << program;
  return test;
}

bool has_plain_data(const Litmus& test) {
  for (unsigned l = 0; l < kLocations; ++l)
    if (is_plain(test, l)) return true;
  return false;
}

TEST(KernelAxioms, GiveTheVerdictsOfTheTable) {
  unsigned checked = 0;
  for (const Row& row : rows()) {
    if (row.dialect != Dialect::kernel) continue;
    const Litmus test = parsed(row.program, row.outcome);
    if (has_plain_data(test)) continue;
    const std::set<Final> allowed = outcomes_by_kernel_axioms(test, Dependencies::written);
    const bool shown =
        std::any_of(allowed.begin(), allowed.end(), [&](const Final& f) { return holds(test, f); });
    EXPECT_EQ(shown, row.verdict == Verdict::allowed) << row.id << " " << row.name;
    ++checked;
  }
  EXPECT_EQ(checked, 66U) << "rows without plain data";
}

}  // namespace

#include "fuzz/engine/determinism.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "fuzz/engine/run.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/design.h"
#include "fuzz/program/generate.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/text.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

using program::Program;

// What one run came to, as one number.
std::uint64_t outcome_of(const exec::Result& result) {
  std::uint64_t hash = result.trace_hash;
  if (result.failure) hash ^= verdict::fnv1a(verdict::key_of(*result.failure));
  return hash;
}

// A planted bug that ends the process would end the check with it.
bool kills(const program::Verdict& verdict) {
  if (verdict.rule == nullptr) return false;
  const auto kinds = verdict.rule->detected_by;
  return std::any_of(kinds.begin(), kinds.end(), [](const char* kind) {
    return std::strcmp(kind, "crash") == 0 || std::strcmp(kind, "sanitizer") == 0;
  });
}

bool same(const exec::Result& a, const exec::Result& b) {
  return outcome_of(a) == outcome_of(b) && a.steps == b.steps;
}

// Whether a run that draws ops is the run of what it drew.
bool redraws_the_same(const Program& p) {
  static program::RunRecord record;
  const exec::Result redrawn = run(p, {.redraw = &record});
  return same(redrawn, run(program::as_run(p, record), {}));
}

}  // namespace

Program random_program(Target& target, std::uint64_t seed) {
  program::Prng prng(seed);
  std::vector<std::uint8_t> bytes(32 + prng.below(224));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(prng.next());
  Program p = program::decode(target, bytes);
  if (prng.chance(1, 2)) p = program::generate(target, p.design, prng.next());
  // That one is for explorations of small programs: its cost is the square of the number of steps.
  if (p.memory == exec::Memory::weak_exact) p.memory = exec::Memory::weak;
  const program::Verdict verdict = program::verdict(target, p.design);
  if (verdict.kind == program::Verdict::Kind::impossible || kills(verdict))
    p.design = program::make_right(target, p.design);
  return p;
}

Determinism check_determinism(std::uint64_t runs, std::uint64_t seed, const EachInput& each) {
  Determinism d;
  program::Prng prng(seed);
  const auto targets = all_targets();
  for (; d.runs < runs; d.runs++) {
    const Program p = random_program(*targets[d.runs % targets.size()], prng.next());
    const exec::Result first = run(p, {});
    const exec::Result second = run(p, {});
    d.steps += first.steps;
    d.failed += first.failure ? 1 : 0;
    if (each) each(p, outcome_of(first));
    d.digest = (d.digest ^ outcome_of(first)) * 0x9e3779b97f4a7c15ULL;
    if (same(first, second) && redraws_the_same(p)) continue;
    if (d.different++ == 0) d.first_different = program::print(p);
  }
  return d;
}

}  // namespace rw::engine

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <vector>

#include "fuzz/engine/campaign.h"
#include "fuzz/engine/entry.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/design.h"
#include "fuzz/program/mutate.h"
#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

using program::Program;

Target* g_target = nullptr;

Program decode_right(const std::uint8_t* data, std::size_t size) {
  Program p = program::decode(*g_target, {data, size});
  p.design = program::make_right(*g_target, p.design);
  return p;
}

std::size_t put(const Program& p, std::uint8_t* out, std::size_t room) {
  const std::vector<std::uint8_t> bytes = program::encode(p);
  RW_CHECK(bytes.size() <= room, "a mutated program is longer than its bound");
  std::memcpy(out, bytes.data(), bytes.size());
  return bytes.size();
}

// Every right design is worth fuzzing, but most changes should be to ops and schedule. Empty: the
// design stays.
program::DesignValues sometimes_another_design(unsigned seed) {
  if (seed % 16 != 0) return {};
  return program::sample_right(*g_target, seed);
}

[[noreturn]] void report_and_stop(const Program& p, const exec::Failure& failure) {
  Finding finding;
  std::optional<Found> found = confirm(p);
  finding.found = found ? std::move(*found) : found_without_replay(p, failure);
  const std::string text = summary_of(finding, "racewalk", 100, false);
  std::fputs(text.c_str(), stderr);
  std::fprintf(stderr,
               "DEDUP_TOKEN: %s\nReplay what libFuzzer saves: racewalk replay --target %s FILE\n",
               finding.found.key.c_str(), g_target->name());
  std::fflush(stderr);
  // Not abort(): under TSan libFuzzer's SIGABRT handler can wait for a lock that the report holds.
  __builtin_trap();
}

}  // namespace

void libfuzzer_initialize(const char* target) {
  g_target = find_target(target);
  RW_CHECK(g_target != nullptr, "this fuzzer's target is not in the build");
}

void libfuzzer_one_input(const std::uint8_t* data, std::size_t size) {
  const Program p = decode_right(data, size);
  const exec::Result result = run(p, {});
  if (result.failure) report_and_stop(p, *result.failure);
}

std::size_t libfuzzer_mutate(std::uint8_t* data, std::size_t size, std::size_t room,
                             unsigned seed) {
  const program::DesignValues pinned = sometimes_another_design(seed);
  return put(program::mutate(decode_right(data, size), pinned, seed, room), data, room);
}

std::size_t libfuzzer_crossover(const std::uint8_t* a, std::size_t a_size, const std::uint8_t* b,
                                std::size_t b_size, std::uint8_t* out, std::size_t room,
                                unsigned seed) {
  const Program child =
      program::crossover(decode_right(a, a_size), decode_right(b, b_size), {}, seed, room);
  return put(child, out, room);
}

}  // namespace rw::engine

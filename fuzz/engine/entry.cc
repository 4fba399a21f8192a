#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/engine/campaign.h"
#include "fuzz/engine/entry.h"
#include "fuzz/engine/exit_status.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/run.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/design.h"
#include "fuzz/program/mutate.h"
#include "fuzz/program/text.h"
#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

using program::Program;

Target* g_target = nullptr;
program::DesignValues g_pinned;  // --design; empty: any right design
std::string g_prefix;            // libFuzzer's -artifact_prefix

Program decode_right(const std::uint8_t* data, std::size_t size) {
  Program p = program::decode(*g_target, {data, size});
  p.memory = exec::Memory::sc;  // what "right" is said of
  if (g_pinned.empty())
    p.design = program::make_right(*g_target, p.design);
  else
    pin_design(p, g_pinned);
  return p;
}

void read_design(const std::string& text) {
  const auto parsed = program::parse_design(*g_target, text, program::open_design(*g_target));
  if (parsed) {
    g_pinned = parsed.value();
    return;
  }
  std::fprintf(stderr, "%s\n", parsed.error().text().c_str());
  _exit(kExitUsage);
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
  if (!g_pinned.empty()) return g_pinned;
  if (seed % 16 != 0) return {};
  return program::sample_right(*g_target, seed);
}

[[noreturn]] void report_and_stop(const Program& p, const exec::Failure& failure) {
  Finding finding;
  std::optional<Found> found = confirm(p);
  finding.found = found ? std::move(*found) : found_without_replay(p, failure);
  finding.file = g_prefix + finding.found.key + ".race";
  const FileError error = write_whole(finding.file, program::print(finding.found.program));
  const std::string text = summary_of(finding, "racewalk") + error;
  std::fputs(text.c_str(), stderr);
  std::fprintf(stderr, "DEDUP_TOKEN: %s\n", finding.found.key.c_str());
  std::fflush(stderr);
  // Not a signal: TSan takes the allocations in libFuzzer's signal handlers for a bug, reports it
  // and then waits for ever for its own lock (measured, clang 19). libFuzzer's exit handler saves
  // the input that is running, under every sanitizer.
  std::exit(1);
}

}  // namespace

void libfuzzer_initialize(const char* target, char** arguments) {
  g_target = find_target(target);
  RW_CHECK(g_target != nullptr, "this fuzzer's target is not in the build");
  constexpr std::string_view kDesign = "--design=", kPrefix = "-artifact_prefix=";
  for (; *arguments != nullptr; arguments++) {
    const std::string_view argument = *arguments;
    if (argument.starts_with(kDesign)) read_design(std::string(argument.substr(kDesign.size())));
    if (argument.starts_with(kPrefix)) g_prefix = argument.substr(kPrefix.size());
  }
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
      program::crossover(decode_right(a, a_size), decode_right(b, b_size), g_pinned, seed, room);
  return put(child, out, room);
}

}  // namespace rw::engine

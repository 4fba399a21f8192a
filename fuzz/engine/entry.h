// What the libFuzzer binaries share: a file that includes this and names its target is one.
//
//   #include "fuzz/engine/entry.h"
//   RW_LIBFUZZER_TARGET("mm")
//
// Bytes decode to a Program; a design known to be wrong is replaced by the nearest right one, so
// that every failure is news. With --design=TEXT (as for `racewalk fuzz`; libFuzzer ignores options
// with two dashes) all inputs run in that design, right or wrong. libFuzzer takes the orderings as
// extra counters (exec/coverage.h).
//
// Promises: on a failure the summary goes to standard error, the program that failed to
// <artifact_prefix><key>.race, and the process exits, at which libFuzzer saves the input that was
// running, under every sanitizer.
// Leaves out: shrinking (`racewalk shrink`).
#pragma once

#include <cstddef>
#include <cstdint>

namespace rw::engine {

// `arguments`: main's, ended by a null pointer.
void libfuzzer_initialize(const char* target, char** arguments);
void libfuzzer_one_input(const std::uint8_t* data, std::size_t size);
// Both write at most `room` bytes and return how many.
std::size_t libfuzzer_mutate(std::uint8_t* data, std::size_t size, std::size_t room, unsigned seed);
std::size_t libfuzzer_crossover(const std::uint8_t* a, std::size_t a_size, const std::uint8_t* b,
                                std::size_t b_size, std::uint8_t* out, std::size_t room,
                                unsigned seed);

}  // namespace rw::engine

// libFuzzer's names, declared because -Wmissing-prototypes is right to ask.
extern "C" {
int LLVMFuzzerInitialize(int* argc, char*** argv);
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t room,
                                    unsigned seed);
std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t a_size,
                                      const std::uint8_t* b, std::size_t b_size, std::uint8_t* out,
                                      std::size_t room, unsigned seed);
}

#define RW_LIBFUZZER_TARGET(name)                                                           \
  extern "C" int LLVMFuzzerInitialize(int*, char*** argv) {                                 \
    ::rw::engine::libfuzzer_initialize(name, *argv);                                        \
    return 0;                                                                               \
  }                                                                                         \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {       \
    ::rw::engine::libfuzzer_one_input(data, size);                                          \
    return 0;                                                                               \
  }                                                                                         \
  extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,      \
                                                 std::size_t room, unsigned seed) {         \
    return ::rw::engine::libfuzzer_mutate(data, size, room, seed);                          \
  }                                                                                         \
  extern "C" std::size_t LLVMFuzzerCustomCrossOver(                                         \
      const std::uint8_t* a, std::size_t a_size, const std::uint8_t* b, std::size_t b_size, \
      std::uint8_t* out, std::size_t room, unsigned seed) {                                 \
    return ::rw::engine::libfuzzer_crossover(a, a_size, b, b_size, out, room, seed);        \
  }

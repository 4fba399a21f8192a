// Prng: a small fast generator of pseudo-random numbers, equal on every machine.
//
// Promises: the same seed gives the same numbers for ever; saved seeds depend on it.
// Leaves out: cryptography. SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
// Generators, OOPSLA 2014): one 64-bit word of state, every seed is a good one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace rw::exec {

class Prng {
 public:
  explicit Prng(std::uint64_t seed) : state_(seed) { advance(); }

  // Each number is made one call early: who asks is about to branch on it, and a branch that goes
  // wrong is known the sooner.
  std::uint64_t next() {
    const std::uint64_t number = ahead_;
    advance();
    return number;
  }

  // In [0, n); 0 for n == 0. The bias (n / 2^32) does not matter to a fuzzer.
  std::uint32_t below(std::uint32_t n) { return scaled(next(), n); }
  // What below(n) would return.
  std::uint32_t peek_below(std::uint32_t n) const { return scaled(ahead_, n); }
  // Of an element of something that has `count`, which is not 0.
  std::size_t index(std::size_t count) { return below(static_cast<std::uint32_t>(count)); }
  // In [low, high], both included.
  std::uint32_t between(std::uint32_t low, std::uint32_t high) {
    return low + below(high - low + 1);
  }
  // True `a` times out of `b`.
  bool chance(std::uint32_t a, std::uint32_t b) { return below(b) < a; }

 private:
  static std::uint32_t scaled(std::uint64_t number, std::uint32_t n) {
    return static_cast<std::uint32_t>(((number >> 32U) * n) >> 32U);
  }
  void advance() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    ahead_ = z ^ (z >> 31U);
  }

  std::uint64_t state_;
  std::uint64_t ahead_ = 0;
};

}  // namespace rw::exec

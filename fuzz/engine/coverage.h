// What the runs of this process have touched so far: edges of the code under test, orderings of
// conflicting accesses, and pairs of mechanisms.
//
// Edges are the compiler's inline 8-bit counters (sanitizer builds; a plain build has none), taken
// by bucket of their count; orderings are exec::orderings(), taken as bits.
// A pair of mechanisms is two of the target's reach counters that one run has raised: programs that
// get deep into the target are kept although each of their edges is known.
// Promises: absorb() costs two passes over the counters.
// Leaves out: who announces the counters. fuzz/cli/main.cc does for racewalk; in the libFuzzer
// binaries libFuzzer itself reads them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace rw::engine {

// The compiler's counters of one binary or library: [first, last). May be called before main, and
// more than once for the same counters.
void add_edge_counters(std::uint8_t* first, std::uint8_t* last);

class Coverage {
 public:
  // What was touched and counted so far in this process is no one's news.
  void begin(std::span<const std::uint64_t> reach);
  // Takes in what was touched since the last call, clears the counters, and returns how many bits
  // of it were new to this object.
  // `reach`: the target's counters since the process began.
  unsigned absorb(std::span<const std::uint64_t> reach = {});
  // The mechanisms (positions in `reach`) that were raised between the last two absorb().
  const std::vector<std::uint32_t>& raised() const { return raised_; }

  // Distinct edges and orderings seen.
  std::uint64_t edges() const { return edges_; }
  std::uint64_t orderings() const { return orderings_; }

 private:
  unsigned absorb_reach(std::span<const std::uint64_t> reach);

  std::vector<std::uint8_t> edge_buckets_;  // per counter: the buckets seen, a bit each
  std::vector<bool> ordering_seen_;
  std::vector<std::uint64_t> reach_before_;
  std::vector<bool> pair_seen_;  // [first * counters + second], first <= second
  std::vector<std::uint32_t> raised_;
  std::uint64_t edges_ = 0;
  std::uint64_t orderings_ = 0;
};

}  // namespace rw::engine

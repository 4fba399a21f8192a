#include "fuzz/engine/coverage.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "fuzz/exec/coverage.h"
#include "fuzz/sync/check.h"

namespace rw::engine {
namespace {

// Filled before main by the compiler's module constructors, so constant-initialised.
constexpr unsigned kMaxRegions = 64;
constinit std::span<std::uint8_t> g_regions[kMaxRegions];
constinit unsigned g_region_count = 0;

// AFL's count classes: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128-255.
std::uint8_t bucket(std::uint8_t count) {
  if (count < 4) return static_cast<std::uint8_t>(1U << (count - 1));
  if (count < 8) return 1U << 3;
  if (count < 16) return 1U << 4;
  if (count < 32) return 1U << 5;
  return count < 128 ? 1U << 6 : 1U << 7;
}

// Calls touched(index, count) for each counter that is not zero, and clears all.
template <typename Touched>
void drain(std::span<std::uint8_t> counters, Touched touched) {
  std::size_t i = 0;
  while (i < counters.size()) {
    std::uint64_t word = 0;
    if (i + sizeof word <= counters.size()) {
      std::memcpy(&word, &counters[i], sizeof word);
      if (word == 0) {
        i += sizeof word;
        continue;
      }
    }
    const std::size_t end = std::min(i + sizeof word, counters.size());
    for (; i < end; i++) {
      if (counters[i] == 0) continue;
      touched(i, counters[i]);
      counters[i] = 0;
    }
  }
}

}  // namespace

void add_edge_counters(std::uint8_t* first, std::uint8_t* last) {
  if (first == last) return;
  for (unsigned i = 0; i < g_region_count; i++)
    if (g_regions[i].data() == first) return;
  RW_CHECK(g_region_count < kMaxRegions, "more instrumented modules than coverage.cc has room for");
  g_regions[g_region_count++] = {first, last};
}

unsigned Coverage::absorb_reach(std::span<const std::uint64_t> reach) {
  reach_before_.resize(reach.size());
  pair_seen_.resize(reach.size() * reach.size());
  raised_.clear();
  for (std::uint32_t i = 0; i < reach.size(); i++)
    if (reach[i] != reach_before_[i]) raised_.push_back(i);
  reach_before_.assign(reach.begin(), reach.end());
  unsigned fresh = 0;
  for (std::size_t a = 0; a < raised_.size(); a++)
    for (std::size_t b = a; b < raised_.size(); b++) {
      const std::size_t pair = raised_[a] * reach.size() + raised_[b];
      if (pair_seen_[pair]) continue;
      pair_seen_[pair] = true;
      fresh++;
    }
  return fresh;
}

void Coverage::begin(std::span<const std::uint64_t> reach) {
  *this = {};
  for (unsigned r = 0; r < g_region_count; r++)
    std::fill(g_regions[r].begin(), g_regions[r].end(), 0);
  for (std::size_t t = 0; t < exec::g_touched_count; t++) exec::g_orderings[exec::g_touched[t]] = 0;
  exec::g_touched_count = 0;
  reach_before_.assign(reach.begin(), reach.end());
}

unsigned Coverage::absorb(std::span<const std::uint64_t> reach) {
  unsigned fresh = absorb_reach(reach);
  std::size_t base = 0;
  for (unsigned r = 0; r < g_region_count; r++) {
    const std::span<std::uint8_t> region = g_regions[r];
    if (edge_buckets_.size() < base + region.size()) edge_buckets_.resize(base + region.size());
    drain(region, [&](std::size_t i, std::uint8_t count) {
      std::uint8_t& seen = edge_buckets_[base + i];
      const std::uint8_t bit = bucket(count);
      if (seen == 0) edges_++;
      if ((seen & bit) == 0) fresh++;
      seen |= bit;
    });
    base += region.size();
  }

  ordering_seen_.resize(exec::kOrderings);
  for (std::size_t t = 0; t < exec::g_touched_count; t++) {
    const std::uint32_t i = exec::g_touched[t];
    exec::g_orderings[i] = 0;
    if (ordering_seen_[i]) continue;
    ordering_seen_[i] = true;
    orderings_++;
    fresh++;
  }
  exec::g_touched_count = 0;
  return fresh;
}

}  // namespace rw::engine

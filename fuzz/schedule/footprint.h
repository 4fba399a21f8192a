// Footprint: the places that one step was seen to read or write, in all that its task did until its
// next step.
//
// Promises: two steps whose footprints do not conflict can be swapped without anybody noticing.
// Leaves out: values. Two writes of one value conflict.
#pragma once

#include <cstdint>
#include <vector>

namespace rw::schedule {

struct Footprint {
  struct Touch {
    std::uint32_t location;
    bool writes;
  };
  std::vector<Touch> touches;  // in no order; a place may come more than once
  std::uint64_t read = 0;      // a bit for each place, by its hash: most pairs are told apart by it
  std::uint64_t written = 0;

  static std::uint64_t bit(std::uint32_t location) {
    return std::uint64_t{1} << ((location * 0x9e3779b9U) >> 26);
  }

  void clear() {
    touches.clear();
    read = written = 0;
  }
  void add(std::uint32_t location, bool writes) {
    std::uint64_t& set = writes ? written : read;
    // A new bit is a new place; else it is worth a look for the same touch.
    if ((set & bit(location)) != 0)
      for (const Touch& t : touches)
        if (t.location == location && t.writes == writes) return;
    set |= bit(location);
    touches.push_back({location, writes});
  }
  void add(const Footprint& other) {
    for (const Touch& t : other.touches) add(t.location, t.writes);
  }
};

// Whether `writer` writes a place that `other` touches.
inline bool writes_into(const Footprint& writer, const Footprint& other) {
  if ((writer.written & (other.read | other.written)) == 0) return false;
  for (const Footprint::Touch& w : writer.touches)
    if (w.writes)
      for (const Footprint::Touch& t : other.touches)
        if (w.location == t.location) return true;
  return false;
}

inline bool conflict(const Footprint& a, const Footprint& b) {
  return writes_into(a, b) || writes_into(b, a);
}

}  // namespace rw::schedule

// Relations between the events of one litmus program, as tables of all pairs.
//
// Promises: the operators of relational algebra that the axioms of a memory model are written in.
// Leaves out: speed; a program has few events.
#pragma once

#include <bitset>
#include <cstddef>

namespace rw::litmus {

inline constexpr std::size_t kMostEvents = 48;  // with one for each word's first value
using EventSet = std::bitset<kMostEvents>;

struct Relation {
  EventSet row[kMostEvents];

  static Relation identity() {
    Relation id;
    for (std::size_t e = 0; e < kMostEvents; ++e) id.add(e, e);
    return id;
  }
  bool has(std::size_t a, std::size_t b) const { return row[a][b]; }
  void add(std::size_t a, std::size_t b) { row[a].set(b); }
  Relation& operator|=(const Relation& other) {
    for (std::size_t a = 0; a < kMostEvents; ++a) row[a] |= other.row[a];
    return *this;
  }
  Relation& operator&=(const Relation& other) {
    for (std::size_t a = 0; a < kMostEvents; ++a) row[a] &= other.row[a];
    return *this;
  }
  friend Relation operator|(Relation a, const Relation& b) { return a |= b; }
  friend Relation operator&(Relation a, const Relation& b) { return a &= b; }
  bool operator==(const Relation&) const = default;

  // One step here, the next there.
  Relation then(const Relation& next) const {
    Relation both;
    for (std::size_t a = 0; a < kMostEvents; ++a)
      if (row[a].any())
        for (std::size_t b = 0; b < kMostEvents; ++b)
          if (row[a][b]) both.row[a] |= next.row[b];
    return both;
  }
  Relation inverse() const {
    Relation turned;
    for (std::size_t a = 0; a < kMostEvents; ++a)
      for (std::size_t b = 0; b < kMostEvents; ++b)
        if (row[a][b]) turned.add(b, a);
    return turned;
  }
  // No step, or one.
  Relation maybe() const { return *this | identity(); }
  // One step or more.
  Relation closure() const {
    Relation all = *this;
    for (std::size_t via = 0; via < kMostEvents; ++via)
      for (EventSet& r : all.row)
        if (r[via]) r |= all.row[via];
    return all;
  }
  Relation any_number() const { return closure().maybe(); }
  bool reflexive_somewhere() const {
    for (std::size_t a = 0; a < kMostEvents; ++a)
      if (has(a, a)) return true;
    return false;
  }
  bool cyclic() const { return closure().reflexive_somewhere(); }
};

// The pairs of a relation that begin, or end, in a set.
inline Relation from(const EventSet& set, const Relation& r) {
  Relation some;
  for (std::size_t a = 0; a < kMostEvents; ++a)
    if (set[a]) some.row[a] = r.row[a];
  return some;
}
inline Relation to(Relation r, const EventSet& set) {
  for (EventSet& row : r.row) row &= set;
  return r;
}

}  // namespace rw::litmus

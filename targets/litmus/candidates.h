// Every execution that a litmus program could have, before any memory model is asked: each read
// reads some write of its word, and each word's writes come in some order.
//
// What the axioms of a model are then checked against. It has no machine, no order of execution and
// no views, on purpose: it shares nothing with fuzz/memory but the parser's data, so that the two
// can be held against each other.
//
// Promises: values follow from what reads read (no value comes out of thin air); an `if` that does
// not hold ends its task; a read-modify-write reads the write just before its own; a lock is taken
// when it is free. What no model allows for the order of one task's accesses to one word is left
// out where that is cheap.
// Leaves out: plain data; speed (programs of up to about eight accesses).
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "targets/litmus/litmus.h"
#include "targets/litmus/relation.h"

namespace rw::litmus {

inline constexpr std::size_t kNowhere = ~std::size_t{0};
inline constexpr std::size_t kWords = kLocations + kDomains;  // the locks' behind the locations

struct Event {
  int thread = -1;                       // -1: a word's first value
  const Statement* statement = nullptr;  // none for a first value
  bool reads = false, writes = false;    // neither: a fence, or a mark of RCU
  std::size_t where = kNowhere;          // the word it reads or writes
  std::size_t update_of = kNowhere;      // of a read-modify-write's write: the event that reads
  std::size_t operand_from = kNowhere;   // the read whose value its operand is, if any
};

struct Candidate {
  std::vector<Event> events;      // numbers 0 to kWords - 1 are the first values
  Relation program_order;         // of the events of each task
  Relation control;               // from the reads an `if` asks about to all behind it
  std::vector<std::size_t> read;  // by a reading event: the write it reads
  std::vector<std::size_t> modification_order[kWords];
  Final final;

  std::size_t place(std::size_t write) const;  // in its word's modification order
  bool modified_before(std::size_t a, std::size_t b) const {
    return events[a].where == events[b].where && place(a) < place(b);
  }
};

// Whether a read-modify-write is one event that reads and writes, or a read and a write.
enum class Updates { whole, halves };

void each_candidate(const Litmus& test, Updates updates,
                    const std::function<void(const Candidate&)>& visit);

}  // namespace rw::litmus

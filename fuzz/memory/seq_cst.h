// The order S of the seq_cst operations of one execution, as C++20 asks for it.
//
// C++20 wants one total order of all seq_cst accesses and fences ([atomics.order] p4) that agrees
// with strongly-happens-before and with coherence-ordered-before, where the latter counts between
// two accesses that are seq_cst or have a seq_cst fence before (the first) or behind (the second)
// them in happens-before. Here those demands are edges between the operations: S exists if they
// have no cycle. Nothing is said of the order in which the operations ran, which may contradict S.
//
// Promises: the letter of the standard, against which targets/litmus/seq_cst_test.cc holds it;
// edges are only ever added, so an execution whose beginning has no S has none, however it goes on.
// Leaves out: what happens before what (weak.h knows it, and tells), values, races.
#pragma once

#include <cstdint>
#include <vector>

#include "fuzz/memory/clock.h"

namespace rw::memory {

class SeqCstOrder {
 public:
  // Operations are numbered per task, from 1: number n of task t happens before an event if entry t
  // of the event's clock is n or more.
  struct Event {
    unsigned task = 0;
    std::uint32_t number = 0;
    bool seq_cst = false;
    Clock sequenced{};  // what happens before some operation that comes before it in its task
    Clock before{};     // what happens before it, itself included
  };

  void clear();
  // An access of `word` reads the message at `time` of its modification order, or writes it (a
  // read-modify-write: writes).
  void access(const Event& e, std::uint32_t word, std::uint64_t time, bool writes);
  void fence(const Event& e);  // a seq_cst one
  // The times of a word have changed, and their order has not.
  template <typename New>
  void renew(std::uint32_t word, const New& new_time) {
    for (Access& a : accesses_)
      if (a.word == word) a.place = 2 * new_time(a.place / 2) + a.place % 2;
  }
  // False: no S meets the demands, so C++20 has no such execution.
  bool exists() const { return !cyclic_; }

 private:
  using Node = std::uint32_t;
  static constexpr Node kNone = ~Node{0};

  // A seq_cst operation.
  struct Operation {
    unsigned task = 0;
    std::uint32_t number = 0;
    bool is_fence = false;
    Clock before{};
    std::vector<Node> later;  // operations that S has behind it: the edges
    std::uint32_t visit = 0;  // of reaches()
  };
  struct Access {
    std::uint32_t word = 0;
    std::uint64_t place = 0;  // in the word's coherence order: twice the time, one more if it reads
    unsigned task = 0;
    std::uint32_t number = 0;
    Node node = kNone;                   // if it is seq_cst itself
    Node fences_before[kMaxTasks] = {};  // the last of each task that happens before it, or kNone
  };

  Node new_operation(const Event& e, bool is_fence);
  void add(Node from, Node to);
  // What is coherence-ordered after `a` comes behind these in S: `a` and the fences before it.
  void add_from(const Access& a, Node to);
  void ordered(const Access& first, const Access& second);
  bool reaches(Node from, Node to);

  std::vector<Operation> operations_;
  std::uint32_t used_ = 0;  // of operations_; the others are kept for their memory
  std::vector<Access> accesses_;
  std::vector<std::uint64_t> newest_;  // of fence(): by word
  std::vector<Node> to_visit_;
  std::uint32_t visits_ = 0;
  bool cyclic_ = false;
};

}  // namespace rw::memory

// What the passes share: the best program so far, the memo, the bounds, and how a proposal is
// tried.
//
// Promises: a proposal becomes the best only if the predicate said "same key" and its size is
// smaller, so the work ends; its schedule is then the list its run made, provided that the list
// fails again when it is replayed.
// Leaves out: which proposals are made (passes.h).
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "fuzz/shrink/shrink.h"

namespace rw::shrink {

// Segments of a list beyond which the run had no end by itself.
inline constexpr std::size_t kLongList = 256;

class Search {
 public:
  Search(const program::Program& input, const Predicate& predicate, const ShrinkOptions& options);

  // Runs the input. False if it does not fail with the key.
  bool start();
  // What follows is counted as pass `name`, a literal.
  void enter(const char* name);

  const program::Program& best() const { return best_; }
  const Size& size() const { return size_; }
  // Stopped, or out of candidates: passes return.
  bool done() const { return result_.stopped; }
  bool may_simplify_design() const { return options_.simplify_design; }

  // Runs the candidate with its own schedule. True if it is the best now.
  bool offer(program::Program candidate);
  // The candidate differs from the best in its ops, so its schedule may no longer fit: tries each
  // of `schedules`, then up to `searches` fresh ones. True if it is the best now.
  bool offer(const program::Program& candidate, const std::vector<exec::Decisions>& schedules,
             unsigned searches);
  // The candidate takes the best one's place if it fails with the key, whatever its size, and even
  // if it has been run before.
  bool replace(program::Program candidate);
  // Up to `searches` fresh schedules for the candidate.
  bool offer_fresh(program::Program candidate, unsigned searches);
  unsigned searches() const { return searches_; }
  // Nothing got smaller any more: from now on more schedules are sought per program. False if it is
  // enough.
  bool search_longer();

  Shrunk take();

 private:
  bool run(const program::Program& candidate, Attempt& attempt);
  bool accept(const program::Program& candidate, const Attempt& attempt, bool any_size);
  static Size size_with(const program::Program& candidate, const Attempt& attempt);
  struct Settled {
    program::Program program;
    bool failed;  // has been run as it stands
  };
  Settled settled(const program::Program& candidate, const Attempt& attempt);
  bool fails_again(const program::Program& candidate);
  void report_progress();
  PassStatistics& statistics() { return result_.passes[pass_]; }

  const Predicate& predicate_;
  const ShrinkOptions& options_;
  program::Program best_;
  Size size_;
  unsigned searches_;
  std::unordered_set<std::uint64_t> memo_;  // hashes of the bytes of candidates that were run
  std::size_t pass_ = 0;
  Shrunk result_;
};

// `p` in list form with these decisions.
program::Program with_list(program::Program p, const exec::Decisions& decisions);

}  // namespace rw::shrink

// Drops ops: long runs first, halving their length down to single ops, then pairs (an mmap and its
// munmap may only go together).
#include <algorithm>

#include "fuzz/shrink/passes.h"
#include "fuzz/shrink/rekey.h"

namespace rw::shrink {

namespace {

constexpr std::size_t kMostForPairs = 14;  // ops; beyond them pairs would take too many runs
constexpr unsigned kPairSearches = 8;

std::size_t ops_of(const program::Program& p) {
  return program::op_count(p);
}

// Ops are numbered through: set-up first, then each task.
void leave_out(Selection& selection, std::size_t number) {
  if (number < selection.keep_setup.size()) {
    selection.keep_setup[number] = false;
    return;
  }
  number -= selection.keep_setup.size();
  for (auto& keep : selection.keep) {
    if (number < keep.size()) {
      keep[number] = false;
      return;
    }
    number -= keep.size();
  }
}

bool offer_without(Search& search, const std::vector<std::size_t>& numbers, unsigned searches) {
  const program::Program& best = search.best();
  Selection selection = everything(best);
  for (const std::size_t number : numbers) leave_out(selection, number);
  return search.offer(selected(best, selection), rekeyed(best.schedule.decisions, selection),
                      searches);
}

// From the last op to the first: later ones depend on earlier ones.
void drop_runs_of_ops(Search& search, std::size_t length) {
  for (std::size_t end = ops_of(search.best()); end >= length && !search.done();) {
    std::vector<std::size_t> run;
    for (std::size_t i = end - length; i < end; ++i) run.push_back(i);
    offer_without(search, run, search.searches());
    end = std::min(end - length, ops_of(search.best()));
  }
}

void drop_pairs(Search& search) {
  for (std::size_t second = ops_of(search.best()); second-- > 1;)
    for (std::size_t first = second; first-- > 0 && !search.done();) {
      if (second >= ops_of(search.best())) break;
      if (ops_of(search.best()) > kMostForPairs) return;
      if (offer_without(search, {first, second}, kPairSearches)) break;
    }
}

}  // namespace

void drop_ops(Search& search) {
  std::size_t length = 1;
  while (2 * length < ops_of(search.best())) length *= 2;
  for (; length > 0; length /= 2) drop_runs_of_ops(search, length);
  drop_pairs(search);
}

}  // namespace rw::shrink

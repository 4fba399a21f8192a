// Fewer switches. Three ways: fresh schedules that switch little from the start; leaving out runs
// of segments (their tasks catch up later); joining two segments of one task, at the place of the
// earlier or of the later one.
#include <algorithm>

#include "fuzz/shrink/passes.h"
#include "fuzz/shrink/rekey.h"

namespace rw::shrink {

namespace {

using exec::Segment;

const std::vector<Segment>& segments_of(const Search& search) {
  return search.best().schedule.decisions.segments;
}

bool offer_segments(Search& search, std::vector<Segment> segments) {
  merge_neighbours(segments);
  program::Program candidate = search.best();
  candidate.schedule.decisions.segments = std::move(segments);
  return search.offer(std::move(candidate));
}

constexpr unsigned kMostTries = 400;  // per length and round; only lists without an end need more

void drop_runs_of_segments(Search& search, std::size_t length) {
  unsigned tries = 0;
  for (std::size_t at = 0; at + length <= segments_of(search).size() && !search.done();) {
    if (++tries > kMostTries) return;
    std::vector<Segment> rest = segments_of(search);
    const auto from = rest.begin() + static_cast<std::ptrdiff_t>(at);
    rest.erase(from, from + static_cast<std::ptrdiff_t>(length));
    if (!offer_segments(search, std::move(rest))) at += length;
  }
}

// Segments at `first` and `second` are one task's, with only other tasks' between them.
bool join_segments(Search& search, std::size_t first, std::size_t second) {
  const std::vector<Segment>& all = segments_of(search);
  std::vector<Segment> late = all;
  late.erase(late.begin() + static_cast<std::ptrdiff_t>(first));
  std::vector<Segment> early = all;
  early[first] = early[second];
  early.erase(early.begin() + static_cast<std::ptrdiff_t>(second));
  return offer_segments(search, std::move(late)) || offer_segments(search, std::move(early));
}

void join_all(Search& search) {
  unsigned tries = 0;
  for (std::size_t first = 0; first < segments_of(search).size() && !search.done();) {
    if (++tries > kMostTries) return;
    const std::vector<Segment>& all = segments_of(search);
    const auto from = all.begin() + static_cast<std::ptrdiff_t>(first);
    const auto next =
        std::find_if(from + 1, all.end(), [&](const Segment& s) { return s.task == from->task; });
    const bool joined = next != all.end() &&
                        join_segments(search, first, static_cast<std::size_t>(next - all.begin()));
    if (!joined) ++first;
  }
}

}  // namespace

void merge_segments(Search& search) {
  // Fewer switches than tasks there cannot be, if each has to run.
  while (search.size().switches > search.size().tasks && !search.done() &&
         search.offer_fresh(search.best(), search.searches())) {
  }
  if (search.best().schedule.form != program::Schedule::Form::list) return;
  std::size_t length = 1;
  while (2 * length < segments_of(search).size()) length *= 2;
  for (; length > 0; length /= 2) drop_runs_of_segments(search, length);
  join_all(search);
}

}  // namespace rw::shrink

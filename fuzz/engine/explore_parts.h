// The parts of an exploration with several processes, in the order of the search, and who has them.
//
// Promises: a part that is split again is replaced by its pieces where it stood, so nothing before
// the failure that is reported is left out; what has been done of it counts once. Leaves out: the
// first split (explore_jobs.cc); the processes (explore_pool.h).
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/engine/explore_jobs.h"
#include "fuzz/engine/explore_pool.h"

namespace rw::engine {

class ExploreParts {
 public:
  // `all`: counts of what has been done, and the parts.
  ExploreParts(exec::Workload& workload, const ExploreOptions& options, const ExploreJobs& jobs,
               Exploration all);

  Exploration run(ExploreError& error);

 private:
  struct Part {
    std::string search;
    std::uint64_t open = 1;                          // branches known to be
    unsigned deaths = 0;                             // of workers that had it
    bool under_way = false;                          // a worker has it
    bool no_matter = false;                          // it is behind one that failed
    std::optional<Exploration> done = std::nullopt;  // `rest`: of a failed one
  };
  using Place = std::list<Part>::iterator;
  struct Holder {
    Place part;
    double since = 0;    // seconds
    bool asked = false;  // to hand back what it has left
  };

  bool hand_out(ExploreError& error);
  int give_next(unsigned worker);
  Place first_waiting();
  void too_few(int cannot, ExploreError& error);
  void listen(unsigned worker, ExploreError& error);
  void died(Place part, int status, ExploreError& error);
  void failed(Place part);
  void ask_for_a_large_one();
  void split_again(Place part);
  Exploration counts() const;
  Exploration so_far() const;
  Exploration at_an_end() const;

  exec::Workload& workload_;
  const ExploreOptions& options_;
  const ExploreJobs& jobs_;
  ExplorePool pool_;
  std::list<Part> parts_;
  std::vector<Holder> holders_;  // [worker]
  Exploration before_;           // what had been done
  bool stopped_ = false;
  bool too_few_ = false;  // some worker could not be made
};

}  // namespace rw::engine

// What `racewalk explore` says of an exploration while it runs: how large the whole is, how far it
// is, and that it is too large.
//
// Promises: one line to standard error after two seconds and then every ten; the state is kept
// in its file as often. Leaves out: the verdict (explore.cc).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fuzz/engine/explore.h"

namespace rw::cli {

class ExploreWatch {
 public:
  struct Limits {
    bool may_be_large = false;  // --force, or --time
    bool bounded = false;       // by --preemptions
    std::string file;           // the program's, for messages
  };

  // `guess(preemptions)`: how many executions there are within a bound, by a guess; 0: not known.
  // Asked when it is needed: a small search is over before.
  ExploreWatch(Limits limits, unsigned preemptions, std::function<double(unsigned)> guess);

  void see(const engine::Exploration& so_far);
  double seconds() const;
  // Another ten seconds have gone by since it said so last.
  bool save_is_due();

  bool too_many() const { return too_many_; }
  std::string why_too_many() const;
  // Of all executions, by a guess.
  double share_of(const engine::Exploration& so_far);

 private:
  double whole(const engine::Exploration& so_far);
  void look_at_size(const engine::Exploration& so_far);

  Limits limits_;
  unsigned preemptions_;
  std::function<double(unsigned)> guess_;
  double guessed_ = -1;  // not yet
  double began_;
  double next_line_;
  double next_save_;
  double largest_ = 0;  // of the guesses at the whole, when it was looked at
  bool looked_ = false;
  bool too_many_ = false;
};

}  // namespace rw::cli

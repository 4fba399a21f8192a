// What `racewalk explore` says of an exploration while it runs: how large the whole is, how far it
// is, and that it is too large.
//
// Promises: one line to standard error after two seconds and then every ten; the state is kept
// in its file as often. Leaves out: the verdict (explore.cc).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
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
  // How many executions there are within the bound in hand, by a guess; 0: not known.
  double guessed(const engine::Exploration& so_far);
  // Of those; empty if there is no guess, or more have been run than it said.
  std::optional<double> share_of(const engine::Exploration& so_far);
  // Words for when there is no share: "more than the 51 guessed; 37 branches known to be open".
  static std::string beyond_guess(double guessed, std::uint64_t open);

 private:
  std::string other_bound() const;
  std::string how_far(const engine::Exploration& so_far);
  void look_at_size(const engine::Exploration& so_far);

  Limits limits_;
  unsigned preemptions_;
  std::function<double(unsigned)> guess_;
  double guessed_ = -1;  // within bound guessed_within_; -1: not yet
  unsigned guessed_within_ = 0;
  double began_;
  double next_line_;
  double next_save_;
  double largest_ = 0;        // of the guesses at the whole, when it was looked at
  bool by_branches_ = false;  // it is made of the branches left open
  bool looked_ = false;
  bool too_many_ = false;
};

}  // namespace rw::cli

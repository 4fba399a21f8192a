// The inputs that reached something new: in memory, and in a folder that outlives the campaign.
//
// Files are programs as text, named by the hash of their bytes, so two workers that find one input
// write one file. Promises: files appear whole (files.h); a file that cannot be read, is no
// program, or is for another target is reported and passed over, never changed or deleted. New
// inputs are written some time after add() and not forced to the disk, because the first seconds of
// a campaign would wait for it: at most one second of new inputs is lost to a kill.
// Leaves out: removing inputs that others have made superfluous.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "fuzz/engine/files.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/program.h"

namespace rw::engine {

// "4f0c1a2b3c4d5e6f.race": the name of `p` in a corpus folder.
std::string corpus_name(const program::Program& p);

class Corpus {
 public:
  // `folder` empty: in memory only. The folder must exist.
  explicit Corpus(std::string folder) : folder_(std::move(folder)) {}

  // Mechanisms from number `first` on are axes whose value is not the default. Call before add().
  void axes_begin_at(std::uint32_t first);

  // Reads every *.race file in `folder` (the corpus's own or one of seeds) that is for `target`, in
  // the order of their names. `complain` gets a line for each of the first few files passed over,
  // and one for all others; `each` is called for every file, for whoever waits for a sign of life.
  static std::vector<program::Program> read(const std::string& folder, const Target& target,
                                            const std::function<void(const std::string&)>& complain,
                                            const std::function<void()>& each = {});

  // Keeps `p`. `from_folder`: it was read from there and need not be written again.
  // `mechanisms`: which of the target's it reached (Coverage::raised).
  void add(program::Program p, bool from_folder = false,
           std::span<const std::uint32_t> mechanisms = {});

  // One of the last few inputs that reached some mechanism, each mechanism as likely as any other:
  // the corpus is full of what is reached easily. Every second time, if some input got to an axis,
  // the mechanism is one of the axes: of two drawn, the one that fewer inputs got to. Without
  // mechanisms any input, newer ones more often. Not to be called on an empty corpus.
  const program::Program& pick(program::Prng& prng) const;

  std::size_t size() const { return programs_.size(); }
  std::size_t unwritten() const { return programs_.size() - written_; }

  // Writes inputs not yet in the folder for at most `seconds`; all of them if `seconds` is 0.
  [[nodiscard]] FileError flush(double seconds);

 private:
  std::uint32_t draw_mechanism(program::Prng& prng) const;  // one that was reached

  std::string folder_;

  std::vector<program::Program> programs_;
  std::vector<std::vector<std::uint32_t>> last_;  // by mechanism: the last programs to reach it
  std::vector<std::uint32_t> inputs_of_;          // by mechanism: how many programs reached it
  std::uint32_t first_axis_ = ~0U;                // mechanisms from here on are axes
  std::vector<std::uint32_t> reached_;            // mechanisms that some program reached
  std::vector<std::uint32_t> reached_axes_;       // those of them that are axes
  std::size_t written_ = 0;                       // programs_[0, written_) are in the folder
};

}  // namespace rw::engine

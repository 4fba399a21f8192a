// meta.json of a stored recording: what it is of, how and where it was made (docs/json.md).
#pragma once

#include <optional>
#include <string>

#include "fuzz/engine/rr_record.h"

namespace rw::engine {

inline constexpr const char* kNotRecorded = "none";

struct Meta {
  std::string file, key, kind, message;
  std::string mode;           // "hardware", "software" counters, or kNotRecorded
  std::string why_not;        // if not recorded
  Rr rr;                      // if recorded
  std::uint64_t threads = 0;  // runs on real threads; 0: steered
  std::uint64_t bytes = 0, events = 0;
  std::uint32_t step = 0;  // steered: that failed
  std::string processor, kernel;
  std::string command;  // the racewalk that was recorded
};

// Of a recording that record() has just made, on this machine.
Meta meta_of(const Found& found, const RecordOptions& options, const Recorded& recorded);
std::string print_meta(const Meta& meta);
// Empty, with `error` filled, if it is not there or is no meta.json.
std::optional<Meta> read_meta(const std::string& path, FileError& error);

// "AMD EPYC", as the kernel tells.
std::string this_processor();

}  // namespace rw::engine

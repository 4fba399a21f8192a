// What a worker shares with its supervisor: counters, the input it is running and what ran of it.
//
// In threads mode the order of the steps is there too (exec/thread_log.h).
//
// It is a small file mapped by both, so that whatever happens to the worker (a sanitizer's report,
// a crash, SIGKILL) or to the supervisor, the input that was running is on record.
//
// Promises: current_input() is a whole input even if the worker was killed in the middle of
// writing one: there are two slots, and the new one counts only when it is complete. The file's
// blocks are allocated when it is made, so a full disk is an error then and not a SIGBUS later.
// Leaves out: more than one writer.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "fuzz/engine/files.h"
#include "fuzz/exec/thread_log.h"
#include "fuzz/program/redraw.h"

namespace rw::engine {

inline constexpr std::size_t kMaxInput = 256 * 1024;  // bytes; longer ones are not put on record

struct SharedCounters {
  std::atomic<std::uint64_t> heartbeat;  // moves with every run of any kind, so that a hang shows
  std::atomic<std::uint64_t> executions;
  std::atomic<std::uint64_t> steps;
  std::atomic<std::uint64_t> edges;
  std::atomic<std::uint64_t> orderings;
  std::atomic<std::uint64_t> corpus;      // inputs in memory
  std::atomic<std::uint64_t> findings;    // failures seen, counted once per key
  std::atomic<std::uint64_t> overlapped;  // threads mode: executions in which two ops overlapped
  std::atomic<std::uint64_t> found_executions;    // executions when the last finding was met
  std::atomic<std::uint64_t> found_milliseconds;  // since the campaign began, likewise
  std::atomic<std::uint64_t> disagreements;  // cross-check: executions the two detectors see apart
};

class SharedState {
 public:
  // Makes the file anew, or maps one that is there. Null, with `error` filled, if that fails.
  static std::unique_ptr<SharedState> create(const std::string& path, FileError& error);
  static std::unique_ptr<SharedState> open(const std::string& path, FileError& error);
  ~SharedState();
  SharedState(const SharedState&) = delete;
  SharedState& operator=(const SharedState&) = delete;

  SharedCounters& counters();
  // `input` is about to run. One longer than kMaxInput is recorded as empty.
  void set_current_input(std::string_view input);
  // The input that runs, or ran last; empty if none ever did.
  std::optional<std::string> current_input() const;
  // Of the run in threads mode that goes on, or was the last.
  exec::ThreadLog& thread_log();
  // Why the worker ends, if it cannot write: on a full disk it has no log to say it in.
  void set_error(std::string_view why);
  std::string error() const;
  // What has run of it, if it is drawn anew; there must be an input.
  program::RunRecord& run_record();

 private:
  struct Layout;
  explicit SharedState(Layout* layout) : layout_(layout) {}
  static std::unique_ptr<SharedState> map(int fd, const std::string& path, FileError& error);

  Layout* layout_;
};

}  // namespace rw::engine

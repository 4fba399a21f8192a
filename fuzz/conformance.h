// Conformance: tiny programs with one final outcome each, and whether a memory model lets it
// happen. What `racewalk conformance` runs; targets/litmus has them.
//
// Promises: a program's run is made of seam steps only. Leaves out: schedules.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace rw {

enum class ModelVerdict : unsigned char {
  forbidden,
  allowed,
  race,     // allowed, because the program has a data race
  unknown,  // of a user's row: what is shown is the answer
};

struct ConformanceRow {
  const char* id;    // "C19", "L52"
  const char* name;  // "MP+rel+acq"
  bool kernel;       // a row of the kernel's model, not of C++20's
  const char* program;
  const char* outcome;
  ModelVerdict verdict;
  const char* note;
};

// One row as an execution runs it: set-up, tasks, finish, and what came of it.
class ConformanceProgram {
 public:
  ConformanceProgram() = default;
  ConformanceProgram(const ConformanceProgram&) = delete;
  ConformanceProgram& operator=(const ConformanceProgram&) = delete;
  virtual ~ConformanceProgram() = default;

  virtual unsigned task_count() const = 0;
  virtual void setup() = 0;
  virtual void task(unsigned t) = 0;
  virtual void finish() = 0;
  // After finish(): whether the row's outcome is what has come.
  virtual bool shown() const = 0;
};

// What a user wrote wrongly in a row, and what to write instead.
struct ConformanceMistake {
  int task = -1;  // in whose statements; -1: in the outcome
  std::string what;
};

// All rows of this build, C++'s first (targets/registry.cc).
std::span<const ConformanceRow> conformance_rows();
// Nothing: the row can run.
std::optional<ConformanceMistake> mistake_in(const ConformanceRow& row);
// Only for a row without a mistake.
std::unique_ptr<ConformanceProgram> conformance_program(const ConformanceRow& row);

}  // namespace rw

// Result: a value, or what a user did wrong and what to write instead.
//
// Promises: an Error's message is one sentence a user can act on.
// Leaves out: our own bugs (RW_CHECK) and what oracles find (Failure).
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "fuzz/sync/check.h"

namespace rw::program {

struct Error {
  std::string file;   // "" where no file is concerned
  unsigned line = 0;  // from 1; 0: the file as a whole
  std::string message;

  // "file:line: message", as far as file and line are known.
  std::string text() const {
    if (file.empty()) return message;
    if (line == 0) return file + ": " + message;
    return file + ":" + std::to_string(line) + ": " + message;
  }
};

template <typename T>
class Result {
 public:
  // NOLINTBEGIN(google-explicit-constructor): `return value;` and `return Error{...};` read well.
  Result(T value) : held_(std::move(value)) {}
  Result(Error error) : held_(std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  bool ok() const { return held_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Only if ok().
  T& value() {
    RW_CHECK(ok(), "the value of a failed result was asked for");
    return *std::get_if<0>(&held_);
  }
  const T& value() const {
    RW_CHECK(ok(), "the value of a failed result was asked for");
    return *std::get_if<0>(&held_);
  }
  // Only if not ok().
  const Error& error() const {
    RW_CHECK(!ok(), "the error of a good result was asked for");
    return *std::get_if<1>(&held_);
  }

 private:
  std::variant<T, Error> held_;
};

}  // namespace rw::program

// Values as a picture shows them: small numbers, negative ones, and pointers as objects' names.
//
// Promises: an address never appears: a value that points into the arena becomes a name, or
// "object+0x10" where the trace knows only the object's start.
// Leaves out: the types of values without words of their own (sync/arena.h), which a trace does not
// carry; of those a 32-bit value near 2^32 is taken for a negative one.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "fuzz/exec/trace.h"

namespace rw::report {

class Values {
 public:
  explicit Values(const exec::Trace& trace);

  // The field's own words for it, if it has some: "page#3|wy". Else "3", "-1", "0xdead0000",
  // "anon_vma#1", "anon_vma#1|1" (a tag in the low bits); "NULL" for a zero where the trace ever
  // had a pointer.
  std::string before(const exec::Event& e) const;
  std::string after(const exec::Event& e) const;
  // "0 -> 1", of an event with two values.
  std::string change(const exec::Event& e) const;

 private:
  std::string show(std::uint64_t value, std::uint32_t location) const;

  std::map<std::uint32_t, std::string> objects_;  // arena offset of an object's start -> its name
  std::set<std::uint32_t> pointers_;              // locations that held a pointer once
};

// "anon_vma#3" of "anon_vma#3.root".
std::string object_of(const std::string& name);

// Whether `text` contains `name` as a whole: "page#1" is in "page#1.mapcount" and in "page#1
// freed", not in "page#12".
bool mentions(const std::string& text, const std::string& name);

}  // namespace rw::report

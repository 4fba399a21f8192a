// The design of one execution, as the core's code asks for it: `design().av_life ==
// av_life::refcount`.
//
// Promises: set by begin() before anything runs and constant until the execution ends; axes and
// values are those of design.def, in its order. Leaves out: which designs are right (rules.def,
// read by mm_target.cc).
#pragma once

#include <cstdint>

#include "fuzz/sync/sync.h"
#include "fuzz/target.h"

namespace rw::mm {

#define RW_AXIS(name, varied, what) enum class name : std::uint8_t {
#define RW_VALUE(name, what) name,
#define RW_AXIS_END \
  }                 \
  ;
#include "targets/mm/design.def"

// Position of each axis in a Design.
enum axis_index : std::uint8_t {
#define RW_AXIS(name, varied, what) axis_##name,
#define RW_VALUE(name, what)
#define RW_AXIS_END
#include "targets/mm/design.def"
};

#define RW_AXIS(name, varied, what) +1
#define RW_VALUE(name, what)
#define RW_AXIS_END
inline constexpr unsigned kAxisCount = 0
#include "targets/mm/design.def"
    ;

// [axis]: how often a task asked for its value, and that was not the default
// (rw::Target::asked_counts).
inline sync::tally<std::uint64_t> g_asked[kAxisCount];

// The value of one axis.
template <typename Value, axis_index axis>
class chosen {
 public:
  void set(Value value) { value_ = value; }
  operator Value() const {  // NOLINT(google-explicit-constructor): used like the value itself
    if (value_ != Value{} && sync::choice_asked()) g_asked[axis].count();
    return value_;
  }

 private:
  Value value_{};
};

struct design_values {
#define RW_AXIS(name, varied, what) chosen<mm::name, axis_##name> name;
#define RW_VALUE(name, what)
#define RW_AXIS_END
#include "targets/mm/design.def"
};

inline design_values g_design;

inline const design_values& design() {
  return g_design;
}

inline void set_design(Design values) {
#define RW_AXIS(name, varied, what) g_design.name.set(static_cast<mm::name>(values[axis_##name]));
#define RW_VALUE(name, what)
#define RW_AXIS_END
#include "targets/mm/design.def"
}

}  // namespace rw::mm

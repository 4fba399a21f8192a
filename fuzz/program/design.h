// Designs: one value per axis of a target, and what the target's rules say of them.
//
// Promises: a design is right iff no rule makes it wrong or impossible; sampling and make_right()
// give right designs only; every error says what exists instead.
// A target's named designs (eras, proposals) are shorthand for their values; a rule's name stands
// for the design that hunts it.
//
// A value may be kOpen ("draw it for each program") in designs that are handed to generate() and
// mutate(). A Program's own design has no open values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/program/prng.h"
#include "fuzz/program/result.h"
#include "fuzz/target.h"

namespace rw::program {

using DesignValues = std::vector<std::uint8_t>;

inline constexpr std::uint8_t kOpen = 0xff;  // spelled '*'

// Each axis at its default (value 0), varied ones too.
DesignValues default_design(const Target& target);

// The default with every varied axis open: what a campaign runs unless told otherwise.
DesignValues open_design(const Target& target);

// Applies `text` to `base`: words "axis=value" (value '*' opens a varied axis), "default", the name
// of one of the target's designs (which leaves varied axes as they are), or that of a known-wrong
// rule (the design that hunts it); later words win. `base` empty: the default design. Errors say
// what exists instead; the Error has no file and line.
Result<DesignValues> parse_design(const Target& target, std::string_view text, Design base = {});

// "axis=value" of every axis in order, one space between.
std::string design_text(const Target& target, Design design);

// What the rules say of a design. An impossible rule goes before a wrong one, an earlier one before
// a later one. Open values meet no condition.
struct Verdict {
  enum class Kind : std::uint8_t { right, wrong, impossible };
  Kind kind = Kind::right;
  const Rule* rule = nullptr;  // null iff right

  bool right() const { return kind == Kind::right; }
};
Verdict verdict(const Target& target, Design design);

// "right"; "wrong (12-register-narrow-lock): <because>"; "impossible (<name>): <because>".
std::string verdict_text(const Verdict& v);

// Whether all conditions of `rule` are met.
bool holds(const Rule& rule, Design design);
// All rules that hold, in the target's order.
std::vector<const Rule*> rules_that_hold(const Target& target, Design design);

// The axes on which `design` is not the default, as "axis=value" words; open values are left out.
std::string difference_text(const Target& target, Design design);

// A right design drawn from `seed`, every axis free, no value open.
DesignValues sample_right(const Target& target, std::uint64_t seed);

// Draws each open value.
void draw_open(const Target& target, DesignValues& design, Prng& prng);

// The nearest right design: of each rule that holds, axis values go back to their defaults; the
// whole default if that does not help. A right design is returned as it is.
DesignValues make_right(const Target& target, Design design);

// The design in which to hunt `rule` (one of target.rules()): the default, one value per condition,
// hunt_with on top; varied axes that neither names are open. `rule` holds in it.
DesignValues hunting_design(const Target& target, const Rule& rule);

// The rules whose verdict is `wrong`, in the target's order.
std::vector<const Rule*> known_wrong(const Target& target);

// The known-wrong rule of that name, or of that catalogue number if only one has it.
Result<const Rule*> find_known_wrong(const Target& target, std::string_view name);

}  // namespace rw::program

// Random valid programs for this room's tests: every form and corner, unlike what generate() finds
// worth running.
#pragma once

#include <string>
#include <vector>

#include "fuzz/program/design.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/random_parts.h"

namespace rw::program {

inline std::vector<std::uint8_t> random_bytes(Prng& prng, std::uint32_t most) {
  std::vector<std::uint8_t> bytes(prng.between(0, most));
  const bool small = prng.chance(1, 2);  // small values reach further: they do not end lists early
  for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(prng.below(small ? 8 : 256));
  return bytes;
}

inline std::vector<Op> random_ops(const Target& target, Prng& prng) {
  std::vector<Op> ops;
  if (target.ops().empty()) return ops;
  ops.resize(prng.chance(1, 16) ? kMaxOpsPerList : prng.below(6));
  for (Op& op : ops) {
    op.op = static_cast<std::uint8_t>(prng.index(target.ops().size()));
    for (std::size_t i = 0; i < target.ops()[op.op].operands.size(); ++i) {
      op.operand[i] =
          static_cast<std::uint8_t>(prng.below(target.ops()[op.op].operands[i].kind->count));
    }
  }
  return ops;
}

inline exec::Decisions random_decisions(Prng& prng, std::uint32_t tasks) {
  static const char* const kNames[] = {"zap_pte_range", "end",       "blocked",
                                       "operator()",    "operator=", "a name",
                                       "wake",          "7",         "T0",
                                       "operator=="};
  const auto name = [&] { return std::string(kNames[prng.below(std::size(kNames))]); };
  const auto number = [&] {
    return static_cast<std::uint16_t>(prng.chance(1, 8) ? 0xffff - prng.below(2) : prng.below(4));
  };
  exec::Decisions d;
  d.segments.resize(prng.below(8));
  for (exec::Segment& s : d.segments) {
    s.task = static_cast<std::uint8_t>(prng.below(tasks));
    s.until = static_cast<exec::Segment::Until>(prng.below(3));
    if (s.until != exec::Segment::Until::step) continue;
    s.op = number();
    s.visit = std::max<std::uint16_t>(1, number());
    s.function = name();
  }
  d.choices.resize(prng.below(4));
  for (exec::ChoiceMade& c : d.choices) {
    c.task = static_cast<std::uint8_t>(prng.below(tasks));
    c.op = number();
    c.visit = std::max<std::uint16_t>(1, number());
    c.what = name();
    c.value = std::max<std::uint16_t>(1, number());
  }
  return d;
}

inline Program random_program(Target& target, std::uint64_t seed) {
  Prng prng(seed);
  Program p = minimal(target);
  for (std::uint8_t& value : p.design) value = kOpen;
  draw_open(target, p.design, prng);
  p.granularity = static_cast<exec::Granularity>(prng.below(2));
  p.setup = random_ops(target, prng);
  p.tasks.resize(prng.between(1, kMaxCodecTasks));
  for (std::vector<Op>& ops : p.tasks) ops = random_ops(target, prng);
  if (prng.chance(1, 2)) {
    p.schedule.form = Schedule::Form::list;
    p.schedule.decisions = random_decisions(prng, static_cast<std::uint32_t>(p.tasks.size()));
  } else {
    p.schedule = random_schedule(prng);
    if (prng.chance(1, 2))
      for (std::size_t t = 0; t < p.tasks.size(); ++t)
        p.schedule.steps.push_back(static_cast<std::uint16_t>(prng.below(0x10000)));
  }
  return p;
}

}  // namespace rw::program

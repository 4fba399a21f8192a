#include "fuzz/program/mutate_parts.h"

#include <algorithm>
#include <utility>

#include "fuzz/program/random_parts.h"
#include "fuzz/schedule/strategies.h"

namespace rw::program {
namespace {

using Until = exec::Segment::Until;

// One more or one less, not below `least`.
std::uint16_t nudged(std::uint16_t value, std::uint16_t least, Prng& prng) {
  if (prng.chance(1, 2)) return value == 0xffff ? value : static_cast<std::uint16_t>(value + 1);
  return value <= least ? least : static_cast<std::uint16_t>(value - 1);
}

bool mutate_stream(std::vector<std::uint8_t>& stream, Prng& prng) {
  const std::uint32_t at = stream.empty() ? 0 : prng.index(stream.size());
  const auto position = stream.begin() + static_cast<std::ptrdiff_t>(at);
  switch (stream.empty() ? 0 : prng.below(6)) {
    case 0:
      stream = random_stream(prng);
      return true;
    case 1:
      stream[at] = static_cast<std::uint8_t>(prng.below(256));
      return true;
    case 2:
      stream[at] = 0;
      return true;
    case 3:  // later decisions come one later
      if (stream.size() >= kMaxStream) return false;
      stream.insert(position, static_cast<std::uint8_t>(prng.chance(1, 2) ? 0 : prng.below(256)));
      return true;
    case 4:
      stream.erase(position);
      return true;
    default:
      for (std::uint32_t i = at; i < stream.size() && i < at + 8; ++i) {
        stream[i] = static_cast<std::uint8_t>(prng.below(256));
      }
      return true;
  }
}

bool mutate_generator(Schedule& s, Prng& prng, std::span<const std::uint32_t> weights) {
  if (schedule::strategies()[s.strategy].uses_stream() && prng.chance(7, 8)) {
    return mutate_stream(s.stream, prng);
  }
  if (prng.chance(1, 3)) {
    s = random_schedule(prng, weights);
  } else {
    s.seed = prng.next();
  }
  return true;
}

bool mutate_segment(Program& p, Prng& prng) {
  std::vector<exec::Segment>& segments = p.schedule.decisions.segments;
  if (segments.empty()) return false;
  const std::size_t at = prng.index(segments.size());
  exec::Segment& s = segments[at];
  const auto position = segments.begin() + static_cast<std::ptrdiff_t>(at);
  switch (prng.below(8)) {
    case 0:
      segments.erase(position);
      return true;
    case 1: {
      if (segments.size() >= kMaxSegments) return false;
      const exec::Segment copy = segments[prng.index(segments.size())];
      segments.insert(position, copy);
      return true;
    }
    case 2:
      if (at + 1 == segments.size()) return false;
      std::swap(s, segments[at + 1]);
      return true;
    case 3:
      s.task = static_cast<std::uint8_t>(prng.index(p.tasks.size()));
      return true;
    case 4:
      if (s.until != Until::step) return false;
      s.visit = nudged(s.visit, 1, prng);
      return true;
    case 5:
      if (s.until != Until::step) return false;
      s.op = nudged(s.op, 0, prng);
      return true;
    case 6: {  // stop where another segment does
      const exec::Segment& other = segments[prng.index(segments.size())];
      s.until = other.until;
      s.op = other.op;
      s.visit = other.visit;
      s.function = std::string(other.function);
      return true;
    }
    default:
      s.until = prng.chance(1, 2) ? Until::blocked : Until::end;
      return true;
  }
}

bool mutate_choice(Program& p, Prng& prng) {
  std::vector<exec::ChoiceMade>& choices = p.schedule.decisions.choices;
  if (choices.empty()) return false;
  const std::size_t at = prng.index(choices.size());
  exec::ChoiceMade& c = choices[at];
  switch (prng.below(4)) {
    case 0:
      choices.erase(choices.begin() + static_cast<std::ptrdiff_t>(at));
      return true;
    case 1: {
      if (choices.size() >= kMaxChoices) return false;
      exec::ChoiceMade copy = c;
      copy.visit = nudged(copy.visit, 1, prng);
      choices.push_back(std::move(copy));
      return true;
    }
    case 2:
      c.visit = nudged(c.visit, 1, prng);
      return true;
    default:
      c.value = nudged(c.value, 1, prng);
      return true;
  }
}

}  // namespace

bool mutate_schedule(Program& p, Prng& prng, std::span<const std::uint32_t> weights) {
  if (p.schedule.form == Schedule::Form::generator)
    return mutate_generator(p.schedule, prng, weights);
  if (prng.chance(1, 16)) {
    p.schedule = random_schedule(prng, weights);
    return true;
  }
  return prng.chance(1, 4) ? mutate_choice(p, prng) : mutate_segment(p, prng);
}

}  // namespace rw::program

#include "fuzz/program/mutate.h"

#include <algorithm>

#include "fuzz/program/bytes.h"
#include "fuzz/program/design.h"
#include "fuzz/program/mutate_parts.h"
#include "fuzz/program/prng.h"
#include "fuzz/program/random_parts.h"
#include "fuzz/sync/check.h"

namespace rw::program {
namespace {

// The pinned values; an open one stays as it is, and now and then is drawn anew.
void pin_design(Program& p, Design pinned, Prng& prng) {
  if (pinned.empty()) return;
  RW_CHECK(pinned.size() == p.design.size(), "a design has one value per axis");
  DesignValues design(pinned.begin(), pinned.end());
  for (std::size_t i = 0; i < design.size(); ++i) {
    if (design[i] == kOpen && !prng.chance(1, 16)) design[i] = p.design[i];
  }
  draw_open(*p.target, design, prng);
  p.design = std::move(design);
}

// Halves the schedule, then cuts ops off the longest list, until the program fits.
void fit(Program& p, std::size_t max_size) {
  while (encode(p).size() > max_size) {
    exec::Decisions& d = p.schedule.decisions;
    const auto longest =
        std::max_element(p.tasks.begin(), p.tasks.end(),
                         [](const auto& a, const auto& b) { return a.size() < b.size(); });
    if (!p.schedule.stream.empty()) {
      p.schedule.stream.resize(p.schedule.stream.size() / 2);
    } else if (!d.segments.empty() || !d.choices.empty()) {
      d.segments.resize(d.segments.size() / 2);
      d.choices.resize(d.choices.size() / 2);
    } else if (!longest->empty() || !p.setup.empty()) {
      std::vector<Op>& ops = longest->size() >= p.setup.size() ? *longest : p.setup;
      ops.pop_back();
    } else if (p.tasks.size() > 1 || !(p.schedule == Schedule{})) {
      p.tasks.resize(1);
      p.schedule = {};
    } else {
      p = minimal(*p.target);  // not even the design fits
      return;
    }
  }
}

void finish(Program& p, Design pinned, Prng& prng, std::size_t max_size) {
  p.expect.clear();
  p.key.clear();
  p.remarks.clear();
  pin_design(p, pinned, prng);
  normalise(p);
  fit(p, max_size);
}

// The first ops of one list and the last of another.
std::vector<Op> splice(const std::vector<Op>& a, const std::vector<Op>& b, Prng& prng) {
  const std::size_t head = prng.index(a.size() + 1);
  const std::size_t tail = prng.index(b.size() + 1);
  std::vector<Op> ops(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(head));
  ops.insert(ops.end(), b.end() - static_cast<std::ptrdiff_t>(tail), b.end());
  return ops;
}

// One of two lists, or a splice of them.
std::vector<Op> either(const std::vector<Op>& a, const std::vector<Op>& b, Prng& prng) {
  switch (prng.below(4)) {
    case 0:
      return splice(a, b, prng);
    case 1:
      return b;
    default:
      return a;
  }
}

}  // namespace

Program mutate(const Program& p, Design pinned, std::uint64_t seed, std::size_t max_size,
               std::span<const std::uint32_t> weights) {
  Prng prng(seed);
  Program q = p;
  std::uint32_t edits = 1;
  while (edits < 8 && prng.chance(1, 2)) ++edits;
  for (std::uint32_t tries = 0; edits > 0 && tries < 32; ++tries) {
    if (prng.chance(3, 4) ? mutate_ops(q, prng) : mutate_schedule(q, prng, weights)) --edits;
  }
  // What brought the parent into the corpus need not be what finds a bug in its child.
  if (q.schedule.form == Schedule::Form::generator && prng.chance(1, 2))
    q.schedule = random_schedule(prng, weights);
  finish(q, pinned, prng, max_size);
  return q;
}

Program crossover(const Program& a, const Program& b, Design pinned, std::uint64_t seed,
                  std::size_t max_size) {
  RW_CHECK(a.target == b.target, "crossover needs two programs for one target");
  Prng prng(seed);
  Program q = a;
  q.setup = either(a.setup, b.setup, prng);
  q.tasks.resize(prng.chance(1, 2) ? a.tasks.size() : b.tasks.size());
  const std::vector<Op> none;
  for (std::size_t t = 0; t < q.tasks.size(); ++t) {
    const auto& from_a = t < a.tasks.size() ? a.tasks[t] : none;
    const auto& from_b = t < b.tasks.size() ? b.tasks[t] : none;
    q.tasks[t] = t < a.tasks.size() ? either(from_a, from_b, prng) : from_b;
  }
  if (prng.chance(1, 2)) q.schedule = b.schedule;
  finish(q, pinned, prng, max_size);
  return q;
}

}  // namespace rw::program

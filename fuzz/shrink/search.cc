#include "fuzz/shrink/search.h"

#include <string_view>

#include "fuzz/program/bytes.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/verdict/key.h"

namespace rw::shrink {

namespace {

using program::Program;
using program::Schedule;

constexpr std::uint64_t kProgressEvery = 512;  // candidates

std::uint64_t hash_of(const Program& p) {
  const std::vector<std::uint8_t> bytes = program::encode(p);
  return verdict::fnv1a({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// Strategies that need nothing but a seed, those that switch least first.
std::vector<std::uint8_t> seeded_strategies() {
  std::vector<std::uint8_t> chosen, others;
  const auto all = schedule::strategies();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].uses_stream) continue;
    const bool switches_little = std::string_view(all[i].name).starts_with("pct");
    (switches_little ? chosen : others).push_back(static_cast<std::uint8_t>(i));
  }
  chosen.insert(chosen.end(), others.begin(), others.end());
  return chosen;
}

}  // namespace

Program with_list(Program p, const exec::Decisions& decisions) {
  p.schedule = Schedule{};
  p.schedule.form = Schedule::Form::list;
  p.schedule.decisions = decisions;
  return p;
}

Search::Search(const Program& input, const Predicate& predicate, const ShrinkOptions& options)
    : predicate_(predicate), options_(options), best_(input) {
  // Comments and unknown keys belong to lines that will move; those at the top tell the story.
  std::erase_if(best_.remarks,
                [](const Program::Remark& r) { return r.trailing || r.before != 1; });
  program::normalise(best_);
  enter("reproduce");
}

void Search::enter(const char* name) {
  for (pass_ = 0; pass_ < result_.passes.size(); ++pass_)
    if (result_.passes[pass_].name == name) return;
  result_.passes.push_back({name, 0, 0});
}

bool Search::start() {
  size_ = result_.before = size_of(best_);
  Attempt attempt;
  if (!run(best_, attempt) || !attempt.same_key) return false;
  result_.reproduced = true;
  if (best_.schedule.form == Schedule::Form::generator) size_.switches = attempt.switches;
  result_.before = size_;
  accept(best_, attempt);
  return true;
}

// False if the candidate was not run: known already, or the work has to end.
bool Search::run(const Program& candidate, Attempt& attempt) {
  if (!memo_.insert(hash_of(candidate)).second) {
    ++result_.memo_hits;
    return false;
  }
  if (options_.stop && options_.stop()) result_.stopped = true;
  if (result_.candidates >= options_.max_candidates) result_.stopped = true;
  if (result_.stopped) return false;
  ++result_.candidates;
  ++statistics().tried;
  if (result_.candidates % kProgressEvery == 0) report_progress();
  attempt = predicate_(candidate);
  return true;
}

void Search::report_progress() {
  if (options_.progress)
    options_.progress({result_.passes[pass_].name.c_str(), size_, result_.candidates});
}

bool Search::fails_again(const Program& candidate) {
  Attempt attempt;
  return run(candidate, attempt) && attempt.same_key;
}

// The list that the run made takes the place of the schedule: shorter, and no part of it is idle.
void Search::accept(Program candidate, const Attempt& attempt) {
  Size size = size_of(candidate);
  if (candidate.schedule.form == Schedule::Form::generator) size.switches = attempt.switches;
  if (!attempt.decisions.segments.empty()) {
    Program listed = with_list(candidate, attempt.decisions);
    program::normalise(listed);
    if (listed.schedule == candidate.schedule || fails_again(listed)) {
      candidate = std::move(listed);
      size = size_of(candidate);
    }
  }
  best_ = std::move(candidate);
  size_ = size;
}

bool Search::offer(Program candidate) {
  if (done()) return false;
  program::normalise(candidate);
  Attempt attempt;
  if (!run(candidate, attempt) || !attempt.same_key) return false;
  // What counts is the size it has with the list its run made.
  Program listed = candidate;
  if (!attempt.decisions.segments.empty()) listed = with_list(candidate, attempt.decisions);
  program::normalise(listed);
  Size size = size_of(listed);
  if (listed.schedule.form == Schedule::Form::generator) size.switches = attempt.switches;
  if (!(size < size_)) return false;
  const Size before = size_;
  const Program best = best_;
  accept(std::move(candidate), attempt);
  if (!(size_ <
        before)) {  // the list did not fail again, and the candidate's own schedule is longer
    best_ = best;
    size_ = before;
    return false;
  }
  ++statistics().kept;
  report_progress();
  return true;
}

bool Search::offer(const Program& candidate, const std::vector<exec::Decisions>& schedules,
                   unsigned searches) {
  for (const exec::Decisions& decisions : schedules)
    if (offer(with_list(candidate, decisions))) return true;
  return offer_fresh(candidate, searches);
}

bool Search::offer_fresh(Program candidate, unsigned searches) {
  static const std::vector<std::uint8_t> strategies = seeded_strategies();
  candidate.schedule = Schedule{};
  program::normalise(candidate);
  const std::uint64_t seed = hash_of(candidate);
  for (unsigned i = 0; i < searches && !strategies.empty() && !done(); ++i) {
    candidate.schedule.strategy = strategies[i % strategies.size()];
    candidate.schedule.seed = seed + i;
    if (offer(candidate)) return true;
  }
  return false;
}

Shrunk Search::take() {
  result_.program = std::move(best_);
  result_.after = size_;
  return std::move(result_);
}

}  // namespace rw::shrink

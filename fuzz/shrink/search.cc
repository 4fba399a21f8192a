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
constexpr unsigned kLongerBy = 4;              // factor of searches
constexpr unsigned kLongest = 16;              // times ShrinkOptions::searches

std::size_t segments_of(const Program& p) {
  return p.schedule.decisions.segments.size();
}

std::uint64_t hash_of(const Program& p) {
  const std::vector<std::uint8_t> bytes = program::encode(p);
  return verdict::fnv1a({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// Strategies that need nothing but a seed, those that switch least first.
std::vector<std::uint8_t> seeded_strategies() {
  std::vector<std::uint8_t> chosen, others;
  const auto all = schedule::strategies();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].uses_stream()) continue;
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
    : predicate_(predicate), options_(options), best_(input), searches_(options.searches) {
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
  result_.before = size_with(best_, attempt);
  accept(Program(best_), attempt, true);
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

Size Search::size_with(const Program& candidate, const Attempt& attempt) {
  Size size = size_of(candidate);
  if (candidate.schedule.form == Schedule::Form::generator) size.switches = attempt.switches;
  return size;
}

// The candidate with the list that its run made: no part of that one is idle. Of a run without an
// end the beginning is mostly enough, because behind the list every task gets its turn anyway.
Search::Settled Search::settled(const Program& candidate, const Attempt& attempt) {
  if (keeps_its_list(candidate, attempt.decisions)) return {candidate, true};
  Program listed = with_list(candidate, attempt.decisions);
  program::normalise(listed);
  if (segments_of(listed) > kLongList) {
    for (const std::size_t length : {0U, 1U, 4U, 16U, 64U}) {
      Program cut = listed;
      cut.schedule.decisions.segments.resize(length);
      if (fails_again(cut)) return {std::move(cut), true};
    }
  }
  const bool as_run = listed.schedule == candidate.schedule;
  return {std::move(listed), as_run};
}

// True if the candidate, settled or as it is, is the best now. `any_size`: it need not be smaller.
bool Search::accept(const Program& candidate, const Attempt& attempt, bool any_size) {
  Settled form = settled(candidate, attempt);
  Size size = size_with(form.program, attempt);
  // A list with idle parts may look small: what counts is the list its run made.
  if (!any_size && !(size < size_)) return false;
  if (!form.failed && !fails_again(form.program)) {
    form.program = candidate;
    size = size_with(candidate, attempt);
    if (!any_size && !(size < size_)) return false;
  }
  best_ = std::move(form.program);
  size_ = size;
  return true;
}

bool Search::offer(Program candidate) {
  if (done()) return false;
  program::normalise(candidate);
  Attempt attempt;
  if (!run(candidate, attempt) || !attempt.same_key) return false;
  if (!accept(candidate, attempt, false)) return false;
  ++statistics().kept;
  report_progress();
  return true;
}

bool Search::replace(Program candidate) {
  if (done()) return false;
  program::normalise(candidate);
  memo_.clear();
  Attempt attempt;
  if (!run(candidate, attempt) || !attempt.same_key) return false;
  return accept(candidate, attempt, true);
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

bool Search::search_longer() {
  if (searches_ == 0 || searches_ >= kLongest * options_.searches) return false;
  searches_ *= kLongerBy;
  return true;
}

Shrunk Search::take() {
  result_.program = std::move(best_);
  result_.after = size_;
  return std::move(result_);
}

}  // namespace rw::shrink

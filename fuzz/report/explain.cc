#include "fuzz/report/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "fuzz/exec/strategy.h"
#include "fuzz/report/causes.h"
#include "fuzz/report/holds.h"
#include "fuzz/report/rows.h"
#include "fuzz/report/text.h"

namespace rw::report {

namespace {

constexpr std::size_t kEnoughRows = 24, kMostRows = 400;  // as in the table
constexpr std::size_t kPhrases = 7;                       // of one turn
constexpr std::size_t kFirstTurns = 8, kLastTurns = 16;   // of a long run

// Rows [begin, end) of one task in one op.
struct Turn {
  std::size_t begin = 0, end = 0;
  unsigned task = 0;
  std::string op;
  bool final_checks = false;
  std::string note = {};  // not empty: no turn, but what is said in its place
};

// Of a row that stands for others, across all tasks: "... 970 rows left out", "... these 2 rows 999
// times more".
std::string note_of(const Row& row) {
  constexpr std::string_view kLeftOut = " left out";
  std::string text = row.text.substr(std::min(row.text.find_first_not_of(". "), row.text.size()));
  if (!text.ends_with(kLeftOut)) return text + ".";
  text.resize(text.size() - kLeftOut.size());
  return text + " are left out here; racewalk show --json has every step.";
}

std::vector<Turn> turns_of(const Picture& picture) {
  std::vector<std::string> op;
  for (const std::string& heading : picture.headings)
    op.push_back(heading.substr(std::min(heading.find(' '), heading.size() - 1) + 1));
  for (std::size_t t = 0; t < op.size(); ++t)
    if (picture.headings[t].find(' ') == std::string::npos) op[t].clear();
  std::vector<Turn> turns;
  bool ended = false;
  for (std::size_t i = 0; i < picture.rows.size(); ++i) {
    const Row& row = picture.rows[i];
    if (!row.of_task) {
      if (row.text.starts_with("--"))
        ended = true;
      else
        turns.push_back({i, i + 1, exec::kMaxTasks, "", ended, note_of(row)});
      continue;
    }
    if (row.indent == 0) op[row.task] = row.text.substr(0, row.text.find(": "));
    const bool goes_on = !turns.empty() && turns.back().task == row.task && row.indent != 0 &&
                         turns.back().final_checks == ended;
    if (!goes_on) turns.push_back({i, i, row.task, ended ? "" : op[row.task], ended});
    turns.back().end = i + 1;
  }
  return turns;
}

std::string phrase_of(const Row& row, std::size_t failed_event) {
  if (row.failed && row.text == kFinalChecks) return "they fail";
  std::string phrase = row.text;
  if (row.takes) phrase = "takes " + row.object;
  if (row.drops) phrase = "drops " + row.object;
  if (row.takes && row.text.find(", ") != std::string::npos) phrase = row.text;
  if (!row.mark.empty() && row.event != failed_event && !row.failed)
    phrase += fmt::format(" ({}:{})", row.where.file, row.where.line);
  return phrase;
}

// How much a reader would miss the row: what decides first, then what other tasks feel.
unsigned weight_of(const Row& row, bool keeps_lock) {
  if (row.failed || row.decides || !row.mark.empty()) return 4;
  if (row.text.ends_with(": waits") || row.text.starts_with("gets ") || keeps_lock) return 3;
  if (row.told) return row.text.starts_with("frees ") && !row.shared ? 1 : 3;
  if (row.takes || row.drops) return 1;
  return row.shared ? 2 : 0;
}

class Teller {
 public:
  explicit Teller(const Run& run)
      : run_(run), holds_(holds_of(*run.trace)), picture_(rows_of(*run.trace, run.failure)) {
    fold(picture_, kEnoughRows, kMostRows);
  }

  std::vector<Sentence> tell() {
    say_who_runs_what();
    const std::vector<Turn> turns = turns_of(picture_);
    const bool all = turns.size() <= kFirstTurns + kLastTurns;
    for (std::size_t i = 0; i < turns.size(); ++i) {
      if (!all && i == kFirstTurns)
        sentences_.push_back(
            {fmt::format("{} turns are left out here; racewalk show --json has every step.",
                         turns.size() - kFirstTurns - kLastTurns),
             std::nullopt});
      if (all || i < kFirstTurns || i >= turns.size() - kLastTurns) say_turn(turns, i);
    }
    if (run_.failure == nullptr) {
      sentences_.push_back({"The run did not fail.", std::nullopt});
    } else {
      say_failure();
      for (Cause& cause : causes_of(*run_.trace, *run_.failure))
        sentences_.push_back({std::move(cause.text), cause.event});
    }
    return std::move(sentences_);
  }

 private:
  void say_who_runs_what() {
    std::vector<std::vector<std::string>> ops(picture_.headings.size());
    for (const exec::Event& e : run_.trace->events)
      if (e.phase == exec::kParallel && e.kind == exec::EventKind::op_begin && e.task < ops.size())
        ops[e.task].push_back(e.text);
    std::string text;
    if (!picture_.setup.empty())
      text = fmt::format("Set-up: {}. ", fmt::join(picture_.setup, "; "));
    for (std::size_t t = 0; t < ops.size(); ++t)
      if (!ops[t].empty()) text += fmt::format("T{} runs {}. ", t, fmt::join(ops[t], "; "));
    if (text.empty()) return;
    text.pop_back();
    sentences_.push_back({std::move(text), std::nullopt});
  }

  // The lock is held beyond the turn.
  bool keeps_lock(const Row& row, std::size_t turn_end) const {
    if (!row.takes) return false;
    return std::any_of(holds_.begin(), holds_.end(), [&](const Hold& hold) {
      return hold.task == row.task && hold.lock == row.object && hold.taken >= row.event &&
             (!hold.let || *hold.let >= turn_end);
    });
  }

  std::size_t event_behind(const Turn& turn) const {
    return turn.end < picture_.rows.size() ? picture_.rows[turn.end].event
                                           : run_.trace->events.size();
  }

  // ", steps 86 to 114", numbered as in the trace; "" of a turn that makes none.
  std::string steps_of(const Turn& turn, std::size_t behind) const {
    const std::uint32_t first = picture_.rows[turn.begin].step;
    std::uint32_t last = first;
    for (std::size_t i = std::min(behind, run_.trace->events.size()); i-- > 0;) {
      const exec::Event& e = run_.trace->events[i];
      if (e.task != turn.task) continue;
      last = std::max(first, e.step);
      break;
    }
    last = std::max(last, picture_.rows[turn.end - 1].step);
    if (last == 0) return "";
    return first == last ? fmt::format(", step {}", last)
                         : fmt::format(", steps {} to {}", first, last);
  }

  void say_turn(const std::vector<Turn>& turns, std::size_t at) {
    const Turn& turn = turns[at];
    if (!turn.note.empty())
      return sentences_.push_back({turn.note, picture_.rows[turn.begin].event});
    const std::size_t behind = event_behind(turn);
    std::vector<std::pair<std::size_t, unsigned>> chosen;  // row, weight
    for (std::size_t i = turn.begin; i < turn.end; ++i) {
      const Row& row = picture_.rows[i];
      const bool title = row.indent == 0 && row.mark.empty() && !row.failed;
      const bool skipped = title && row.text.find(": ") != std::string::npos;
      if (!row.fold && (!title || skipped))
        chosen.emplace_back(i, skipped ? 3 : weight_of(row, keeps_lock(row, behind)));
    }
    const std::size_t steps = chosen.size();
    if (steps == 0) return;
    std::sort(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) {
      return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    // Among equals the last ones stay: what a task does just before it is stopped or fails.
    while (chosen.size() > kPhrases) {
      const unsigned least = chosen.back().second;
      chosen.erase(std::find_if(chosen.begin(), chosen.end(),
                                [&](const auto& c) { return c.second == least; }));
    }
    std::sort(chosen.begin(), chosen.end());
    std::vector<std::string> phrases;
    for (const auto& [row, weight] : chosen)
      phrases.push_back(phrase_of(picture_.rows[row], run_.trace->events.size()));
    std::string text = turn.final_checks ? std::string("The final checks")
                       : turn.op.empty() ? fmt::format("T{}", turn.task)
                                         : fmt::format("T{} in {}", turn.task, turn.op);
    text += steps_of(turn, behind) + fmt::format(": {}", fmt::join(phrases, "; "));
    if (steps > chosen.size()) text += fmt::format(" (and {} more)", steps - chosen.size());
    text += "." + stopped(turns, at, behind);
    sentences_.push_back({std::move(text), picture_.rows[turn.begin].event});
  }

  // " It is stopped, holding X.", if the op goes on later.
  std::string stopped(const std::vector<Turn>& turns, std::size_t at, std::size_t behind) const {
    const Turn& turn = turns[at];
    std::size_t next = at + 1;
    while (next < turns.size() && !turns[next].note.empty()) ++next;
    if (next < turns.size() && turns[next].task == turn.task) return "";
    const bool goes_on = std::any_of(
        turns.begin() + static_cast<std::ptrdiff_t>(at) + 1, turns.end(),
        [&](const Turn& later) { return later.task == turn.task && !later.final_checks; });
    const Row& last = picture_.rows[turn.end - 1];
    if (!goes_on || last.text.ends_with(": waits")) return "";
    const std::string held = listed_locks(held_at(holds_, turn.task, behind));
    return held.empty() ? " It is stopped." : " It is stopped, holding " + held + ".";
  }

  void say_failure() {
    const exec::Failure& f = *run_.failure;
    std::string text = fmt::format("{}: {}", f.kind, f.message);
    if (f.where.line != 0)
      text += fmt::format(" ({}:{}, step {})", f.where.file, f.where.line, f.step);
    const bool stops = text.ends_with(".");
    sentences_.push_back({text + (stops ? "" : "."), run_.trace->events.size()});
  }

  const Run& run_;
  std::vector<Hold> holds_;
  Picture picture_;
  std::vector<Sentence> sentences_;
};

}  // namespace

std::vector<Sentence> explain(const Run& run) {
  return Teller(run).tell();
}

std::string numbered(const std::vector<Sentence>& sentences, unsigned width) {
  const std::size_t digits = fmt::format("{}", sentences.size()).size();
  std::string out;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    const std::size_t room = width > digits + 13 ? width - digits - 1 : 12;
    bool first = true;
    for (const std::string& line : wrapped(sentences[i].text, room)) {
      out += first ? fmt::format("{:>{}} {}\n", i + 1, digits, line)
                   : fmt::format("{:{}} {}\n", "", digits, line);
      first = false;
    }
  }
  return out;
}

}  // namespace rw::report

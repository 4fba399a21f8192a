#include "targets/litmus/candidates.h"

#include <algorithm>
#include <optional>

#include "fuzz/sync/check.h"

namespace rw::litmus {

namespace {

bool is_update(Action a) {
  return a == Action::add || a == Action::exchange || a == Action::increment || a == Action::lock;
}

std::size_t word_of(const Statement& s) {
  switch (s.action) {
    case Action::lock:
    case Action::unlock:
      return kLocations + s.where;
    case Action::store:
    case Action::load:
    case Action::add:
    case Action::exchange:
    case Action::increment:
      return s.where;
    default:
      return kNowhere;
  }
}

// The program as it runs if, in each task, so many of its `if`s hold.
class Path {
 public:
  Path(const Litmus& test, Updates updates, const std::vector<unsigned>& holding)
      : updates_(updates) {
    for (std::size_t w = 0; w < kWords; ++w) {
      Event first;
      first.writes = true;
      first.where = w;
      c_.events.push_back(first);
    }
    for (std::size_t t = 0; t < test.threads.size(); ++t)
      add_task(static_cast<int>(t), test.threads[t], holding[t]);
    RW_CHECK(c_.events.size() <= kMostEvents, "more events than the axioms have room for");
    c_.read.assign(c_.events.size(), kNowhere);
  }

  void each(const std::function<void(const Candidate&)>& visit) {
    visit_ = &visit;
    choose_source(0);
  }

 private:
  struct Guard {
    std::size_t read;  // whose value it asks about; kNowhere: a register that is always 0
    bool holds;
  };

  void add_task(int thread, const std::vector<Statement>& statements, unsigned holding) {
    const std::size_t first = c_.events.size();
    std::size_t last_read[kRegisters];
    std::fill(std::begin(last_read), std::end(last_read), kNowhere);
    EventSet asked;
    for (const Statement& s : statements) {
      if (s.action == Action::guard) {
        const std::size_t read = last_read[s.operand];
        guards_.push_back({read, holding > 0});
        if (holding-- == 0) break;
        if (read != kNowhere) asked.set(read);
        continue;
      }
      add_statement(thread, s, first, asked, last_read);
    }
    for (unsigned r = 0; r < kRegisters; ++r)
      if (last_read[r] != kNowhere) results_.push_back({thread, r, last_read[r]});
  }

  void add_statement(int thread, const Statement& s, std::size_t first, const EventSet& asked,
                     std::size_t* last_read) {
    RW_CHECK(s.order != Order::plain, "the axioms know no plain data");
    Event e;
    e.thread = thread;
    e.statement = &s;
    e.where = word_of(s);
    e.writes = s.action == Action::store || s.action == Action::unlock || is_update(s.action);
    e.reads = s.action == Action::load || is_update(s.action);
    if (s.operand_is_register) e.operand_from = last_read[s.operand];
    const std::size_t number = c_.events.size();
    if (e.reads && e.writes) e.update_of = number;
    if (e.reads && e.writes && updates_ == Updates::halves) {
      Event half = e;
      half.writes = false;
      half.update_of = kNowhere;
      add_event(half, first, asked);
      e.reads = false;
    }
    add_event(e, first, asked);
    const bool result =
        s.action == Action::load || s.action == Action::add || s.action == Action::exchange;
    if (result) last_read[s.result] = number;
  }

  void add_event(const Event& e, std::size_t first, const EventSet& asked) {
    const std::size_t number = c_.events.size();
    for (std::size_t before = first; before < number; ++before) {
      c_.program_order.add(before, number);
      if (asked[before]) c_.control.add(before, number);
    }
    c_.events.push_back(e);
  }

  void choose_source(std::size_t e) {
    while (e < c_.events.size() && !c_.events[e].reads) ++e;
    if (e == c_.events.size()) {
      if (find_values()) choose_order(0);
      return;
    }
    for (std::size_t w = 0; w < c_.events.size(); ++w) {
      if (!may_read(e, w)) continue;
      c_.read[e] = w;
      choose_source(e + 1);
    }
  }

  bool may_read(std::size_t e, std::size_t w) const {
    const Event& read = c_.events[e];
    const Event& write = c_.events[w];
    if (w == e || !write.writes || write.where != read.where) return false;
    if (c_.program_order.has(e, w)) return false;  // of its own task, and later: never coherent
    const bool takes_lock = read.statement->action == Action::lock;
    return !takes_lock || write.statement == nullptr || write.statement->action == Action::unlock;
  }

  // The first value is the first in each order.
  void choose_order(std::size_t word) {
    if (word == kWords) {
      for (std::size_t l = 0; l < kLocations; ++l)
        c_.final.memory[l] = *written_[c_.modification_order[l].back()];
      return (*visit_)(c_);
    }
    EventSet left;
    for (std::size_t w = kWords; w < c_.events.size(); ++w)
      left[w] = c_.events[w].writes && c_.events[w].where == word;
    c_.modification_order[word] = {word};
    choose_next(word, left);
  }

  void choose_next(std::size_t word, EventSet left) {
    if (left.none()) return choose_order(word + 1);
    auto& order = c_.modification_order[word];
    const std::size_t forced = update_of_what(order.back(), left);
    for (std::size_t w = kWords; w < c_.events.size(); ++w) {
      if (!left[w]) continue;
      const bool update = c_.events[w].update_of != kNowhere;
      if (update ? w != forced : forced != kNowhere) continue;
      if ((left & before_in_task(w)).any()) continue;  // never coherent
      order.push_back(w);
      EventSet others = left;
      choose_next(word, others.reset(w));
      order.pop_back();
    }
  }

  // The read-modify-write that has read `write`, and so stands just behind it; kNowhere: none.
  std::size_t update_of_what(std::size_t write, const EventSet& left) const {
    for (std::size_t w = kWords; w < c_.events.size(); ++w)
      if (left[w] && c_.events[w].update_of != kNowhere && c_.read[c_.events[w].update_of] == write)
        return w;
    return kNowhere;
  }

  EventSet before_in_task(std::size_t e) const {
    EventSet before;
    for (std::size_t other = kWords; other < e; ++other)
      before[other] = c_.program_order.has(other, e);
    return before;
  }

  // What each write writes; false if values would depend on themselves, or an `if` comes out
  // otherwise than this path has it.
  bool find_values() {
    written_.assign(c_.events.size(), std::nullopt);
    for (std::size_t w = 0; w < c_.events.size(); ++w)
      if (c_.events[w].writes && !find_written(w, 0)) return false;
    for (const Guard& g : guards_)
      if ((g.read != kNowhere && seen(g.read) != 0) != g.holds) return false;
    c_.final = Final{};
    for (const Result& r : results_) c_.final.registers[r.thread][r.index] = seen(r.read);
    return true;
  }

  std::uint32_t seen(std::size_t read) const { return *written_[c_.read[read]]; }

  bool find_written(std::size_t w, std::size_t depth) {
    if (written_[w]) return true;
    if (depth > c_.events.size()) return false;
    const Event& e = c_.events[w];
    const Statement* s = e.statement;
    if (s == nullptr || s->action == Action::unlock) return written_[w] = 0, true;
    std::uint32_t value = s->operand_is_register ? 0 : s->operand;
    if (s->action == Action::lock || s->action == Action::increment) value = 1;
    if (e.operand_from != kNowhere) {
      if (!find_written(c_.read[e.operand_from], depth + 1)) return false;
      value = seen(e.operand_from);
    }
    if (s->action == Action::add || s->action == Action::increment) {
      if (!find_written(c_.read[e.update_of], depth + 1)) return false;
      value += seen(e.update_of);
    }
    written_[w] = value;
    return true;
  }

  struct Result {
    int thread;
    unsigned index;
    std::size_t read;
  };

  Updates updates_;
  Candidate c_;
  std::vector<Guard> guards_;
  std::vector<Result> results_;
  std::vector<std::optional<std::uint32_t>> written_;
  const std::function<void(const Candidate&)>* visit_ = nullptr;
};

}  // namespace

std::size_t Candidate::place(std::size_t write) const {
  const auto& order = modification_order[events[write].where];
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), write) - order.begin());
}

void each_candidate(const Litmus& test, Updates updates,
                    const std::function<void(const Candidate&)>& visit) {
  std::vector<unsigned> guards;
  for (const auto& statements : test.threads)
    guards.push_back(static_cast<unsigned>(
        std::count_if(statements.begin(), statements.end(),
                      [](const Statement& s) { return s.action == Action::guard; })));
  std::vector<unsigned> holding(guards.size(), 0);
  for (;;) {
    Path(test, updates, holding).each(visit);
    std::size_t t = 0;
    while (t < holding.size() && ++holding[t] > guards[t]) holding[t++] = 0;
    if (t == holding.size()) return;
  }
}

}  // namespace rw::litmus

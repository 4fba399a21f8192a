#include "targets/litmus/axioms.h"

#include <algorithm>
#include <bitset>
#include <cstddef>
#include <vector>

#include "fuzz/sync/check.h"

namespace rw::litmus {

namespace {

constexpr std::size_t kMost = 24;  // events, with one for each location's first value
using Set = std::bitset<kMost>;

struct Relation {
  Set row[kMost];

  bool has(std::size_t a, std::size_t b) const { return row[a][b]; }
  void add(std::size_t a, std::size_t b) { row[a].set(b); }
  void add(const Relation& other) {
    for (std::size_t a = 0; a < kMost; ++a) row[a] |= other.row[a];
  }
  Relation then(const Relation& next) const {
    Relation both;
    for (std::size_t a = 0; a < kMost; ++a)
      for (std::size_t b = 0; b < kMost; ++b)
        if (row[a][b]) both.row[a] |= next.row[b];
    return both;
  }
  Relation closure() const {
    Relation all = *this;
    for (std::size_t via = 0; via < kMost; ++via)
      for (Set& r : all.row)
        if (r[via]) r |= all.row[via];
    return all;
  }
  bool cyclic() const {
    const Relation all = closure();
    for (std::size_t a = 0; a < kMost; ++a)
      if (all.has(a, a)) return true;
    return false;
  }
};

constexpr std::size_t kNowhere = ~std::size_t{0};

struct Event {
  int thread = -1;  // -1: the location's first value
  const Statement* statement = nullptr;
  bool reads = false, writes = false, fence = false;
  bool acquires = false, releases = false, seq_cst = false;
  std::size_t where = kNowhere;
};

Event event_of(int thread, const Statement& s) {
  Event e{.thread = thread, .statement = &s};
  const bool update = s.action == Action::add || s.action == Action::exchange;
  e.fence = s.action == Action::fence;
  e.reads = update || s.action == Action::load;
  e.writes = update || s.action == Action::store;
  RW_CHECK(e.fence || e.reads || e.writes, "the axioms know accesses and fences only");
  if (!e.fence) e.where = s.where;
  e.seq_cst = s.order == Order::seq_cst;
  const bool both = e.seq_cst || s.order == Order::acq_rel;
  e.acquires = (e.reads || e.fence) && (both || s.order == Order::acquire);
  e.releases = (e.writes || e.fence) && (both || s.order == Order::release);
  return e;
}

// One candidate: which write each read reads, and each location's writes in modification order.
class Candidate {
 public:
  explicit Candidate(const Litmus& test) {
    for (std::size_t l = 0; l < kLocations; ++l) events_.push_back({.writes = true, .where = l});
    for (std::size_t t = 0; t < test.threads.size(); ++t)
      for (const Statement& s : test.threads[t])
        events_.push_back(event_of(static_cast<int>(t), s));
    RW_CHECK(events_.size() <= kMost, "more events than the axioms have room for");
    source_.resize(events_.size(), kNowhere);
    for (std::size_t a = 0; a < events_.size(); ++a)
      for (std::size_t b = a + 1; b < events_.size(); ++b)
        if (events_[a].thread == events_[b].thread && events_[a].thread >= 0)
          sequenced_before_.add(a, b);
  }

  std::set<Final> run() {
    choose_source(0);
    return std::move(finals_);
  }

 private:
  // ---- enumeration ------------------------------------------------------------------------------

  void choose_source(std::size_t e) {
    while (e < events_.size() && !events_[e].reads) ++e;
    if (e == events_.size()) {
      if (!evaluates()) return;
      for (auto& order : modification_order_) order.clear();
      for (std::size_t w = 0; w < events_.size(); ++w)
        if (events_[w].writes) modification_order_[events_[w].where].push_back(w);
      return choose_order(0);
    }
    for (std::size_t w = 0; w < events_.size(); ++w) {
      if (w == e || !events_[w].writes || events_[w].where != events_[e].where) continue;
      source_[e] = w;
      choose_source(e + 1);
    }
  }

  // The first value is the first in each order.
  void choose_order(std::size_t location) {
    if (location == kLocations) return judge();
    auto& order = modification_order_[location];
    std::sort(order.begin() + 1, order.end());
    do {
      choose_order(location + 1);
    } while (std::next_permutation(order.begin() + 1, order.end()));
  }

  // Computes all values along program order and reads-from; false if these have a cycle.
  bool evaluates() {
    Relation all = sequenced_before_;
    for (std::size_t e = 0; e < events_.size(); ++e)
      if (events_[e].reads) all.add(source_[e], e);
    if (all.cyclic()) return false;
    values_ = Final{};
    written_.assign(events_.size(), 0);
    std::vector<bool> done(events_.size(), false);
    const Relation before = all.closure();
    for (std::size_t count = 0; count < events_.size(); ++count) {
      std::size_t next = 0;
      const auto ready = [&](std::size_t e) {
        for (std::size_t b = 0; b < events_.size(); ++b)
          if (before.has(b, e) && !done[b]) return false;
        return !done[e];
      };
      while (!ready(next)) ++next;
      done[next] = true;
      evaluate(next);
    }
    return true;
  }

  void evaluate(std::size_t e) {
    if (events_[e].thread < 0 || events_[e].fence) return;
    const Statement& s = *events_[e].statement;
    std::uint32_t* registers = values_.registers[events_[e].thread];
    const std::uint32_t operand = s.operand_is_register ? registers[s.operand] : s.operand;
    const std::uint32_t seen = events_[e].reads ? written_[source_[e]] : 0;
    written_[e] = s.action == Action::add ? seen + operand : operand;
    if (events_[e].reads) registers[s.result] = seen;
  }

  void judge() {
    if (!reads_are_atomic()) return;
    find_happens_before();
    if (happens_before_.cyclic() || !coherent() || !seq_cst_order_exists()) return;
    Final final = values_;
    for (std::size_t l = 0; l < kLocations; ++l)
      final.memory[l] = written_[modification_order_[l].back()];
    finals_.insert(final);
  }

  // ---- the standard -----------------------------------------------------------------------------

  std::size_t place(std::size_t write) const {
    const auto& order = modification_order_[events_[write].where];
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), write) - order.begin());
  }
  bool modified_before(std::size_t a, std::size_t b) const {
    return events_[a].where == events_[b].where && place(a) < place(b);
  }

  // [atomics.order] p10: a read-modify-write reads the last value before its own.
  bool reads_are_atomic() const {
    for (std::size_t e = 0; e < events_.size(); ++e)
      if (events_[e].reads && events_[e].writes && place(e) != place(source_[e]) + 1) return false;
    return true;
  }

  // [intro.races] p5: whether `write` is in the release sequence headed by `head`: the head, and
  // the read-modify-writes that directly follow it in modification order.
  bool in_release_sequence(std::size_t head, std::size_t write) const {
    if (events_[head].where != events_[write].where || place(write) < place(head)) return false;
    const auto& order = modification_order_[events_[head].where];
    for (std::size_t i = place(head) + 1; i <= place(write); ++i)
      if (!events_[order[i]].reads) return false;
    return true;
  }
  bool reads_from_sequence(std::size_t read, std::size_t head) const {
    return events_[read].reads && in_release_sequence(head, source_[read]);
  }

  // [atomics.order] p2, [atomics.fences] p2 to p4.
  bool synchronizes_with(std::size_t a, std::size_t b) const {
    if (!events_[a].releases || !events_[b].acquires) return false;
    const auto& sb = sequenced_before_;
    for (std::size_t x = 0; x < events_.size(); ++x) {  // the write: a, or one behind fence a
      if (!events_[x].writes || (events_[a].fence ? !sb.has(a, x) : x != a)) continue;
      for (std::size_t y = 0; y < events_.size(); ++y) {  // the read: b, or one before fence b
        if (events_[b].fence ? !sb.has(y, b) : y != b) continue;
        if (reads_from_sequence(y, x)) return true;
      }
    }
    return false;
  }

  // [intro.races] p7 to p12, without consume: happens-before is simply-happens-before.
  void find_happens_before() {
    Relation synchronizes;
    Relation seq_cst_synchronizes;
    for (std::size_t a = 0; a < events_.size(); ++a)
      for (std::size_t b = 0; b < events_.size(); ++b) {
        if (!synchronizes_with(a, b)) continue;
        synchronizes.add(a, b);
        if (events_[a].seq_cst && events_[b].seq_cst && !events_[a].fence && !events_[b].fence)
          seq_cst_synchronizes.add(a, b);
      }
    Relation simply = sequenced_before_;
    simply.add(synchronizes);
    happens_before_ = simply.closure();
    strongly_happens_before_ = sequenced_before_;
    strongly_happens_before_.add(seq_cst_synchronizes);
    strongly_happens_before_.add(sequenced_before_.then(happens_before_).then(sequenced_before_));
    strongly_happens_before_ = strongly_happens_before_.closure();
    for (std::size_t init = 0; init < kLocations; ++init)
      for (std::size_t e = kLocations; e < events_.size(); ++e) happens_before_.add(init, e);
  }

  // [intro.races] p14 to p17: the four coherence requirements, as one each for what is read or
  // written by the two.
  bool coherent() const {
    for (std::size_t a = 0; a < events_.size(); ++a)
      for (std::size_t b = 0; b < events_.size(); ++b) {
        if (!happens_before_.has(a, b) || events_[a].fence || events_[b].fence) continue;
        if (events_[a].where != events_[b].where) continue;
        if (events_[a].writes && events_[b].writes && !modified_before(a, b)) return false;
        if (events_[a].reads && events_[b].reads && modified_before(source_[b], source_[a]))
          return false;
        if (events_[a].reads && events_[b].writes && !modified_before(source_[a], b)) return false;
        if (events_[a].writes && events_[b].reads && modified_before(source_[b], a)) return false;
      }
    return true;
  }

  // [atomics.order] p3.
  Relation coherence_ordered_before() const {
    Relation r;
    for (std::size_t a = 0; a < events_.size(); ++a)
      for (std::size_t b = 0; b < events_.size(); ++b) {
        if (a == b || events_[a].fence || events_[b].fence) continue;
        if (events_[b].reads && source_[b] == a) r.add(a, b);
        if (events_[a].writes && events_[b].writes && modified_before(a, b)) r.add(a, b);
        if (events_[a].reads && events_[b].writes && modified_before(source_[a], b)) r.add(a, b);
      }
    return r.closure();
  }

  // [atomics.order] p4: the demands on S, which exists if they have no cycle.
  bool seq_cst_order_exists() const {
    const Relation coherence = coherence_ordered_before();
    const auto is_fence = [&](std::size_t e) { return events_[e].seq_cst && events_[e].fence; };
    Relation s;
    for (std::size_t a = 0; a < events_.size(); ++a)
      for (std::size_t b = 0; b < events_.size(); ++b) {
        if (strongly_happens_before_.has(a, b) && events_[a].seq_cst && events_[b].seq_cst)
          s.add(a, b);
        if (!coherence.has(a, b)) continue;
        if (events_[a].seq_cst && events_[b].seq_cst) s.add(a, b);
        for (std::size_t y = 0; y < events_.size(); ++y)
          if (events_[a].seq_cst && is_fence(y) && happens_before_.has(b, y)) s.add(a, y);
        for (std::size_t x = 0; x < events_.size(); ++x) {
          if (!is_fence(x) || !happens_before_.has(x, a)) continue;
          if (events_[b].seq_cst) s.add(x, b);
          for (std::size_t y = 0; y < events_.size(); ++y)
            if (is_fence(y) && happens_before_.has(b, y)) s.add(x, y);
        }
      }
    return !s.cyclic();
  }

  std::vector<Event> events_;
  Relation sequenced_before_;
  std::vector<std::size_t> source_;  // [read]
  std::vector<std::size_t> modification_order_[kLocations];
  std::vector<std::uint32_t> written_;  // [write]
  Final values_;
  Relation happens_before_;
  Relation strongly_happens_before_;
  std::set<Final> finals_;
};

}  // namespace

std::set<Final> outcomes_by_axioms(const Litmus& test) {
  return Candidate(test).run();
}

}  // namespace rw::litmus

#include "targets/litmus/axioms.h"

#include <cstddef>
#include <vector>

#include "fuzz/sync/check.h"
#include "targets/litmus/candidates.h"

namespace rw::litmus {

namespace {

// What an event's order makes of it.
struct Kind {
  bool fence = false, acquires = false, releases = false, seq_cst = false;
};

Kind kind_of(const Event& e) {
  if (e.statement == nullptr) return {};
  const Order o = e.statement->order;
  Kind k;
  k.fence = e.statement->action == Action::fence;
  RW_CHECK(k.fence || e.reads || e.writes, "the axioms know accesses and fences only");
  k.seq_cst = o == Order::seq_cst;
  const bool both = k.seq_cst || o == Order::acq_rel;
  k.acquires = (e.reads || k.fence) && (both || o == Order::acquire);
  k.releases = (e.writes || k.fence) && (both || o == Order::release);
  return k;
}

// One candidate, and what the standard says of it.
class CxxJudge {
 public:
  explicit CxxJudge(const Candidate& c)
      : c_(c), events_(c.events), source_(c.read), sequenced_before_(c.program_order) {
    for (const Event& e : events_) kinds_.push_back(kind_of(e));
  }

  bool allowed() {
    Relation observed = sequenced_before_;  // out of thin air: RC11's way
    for (std::size_t e = 0; e < events_.size(); ++e)
      if (events_[e].reads) observed.add(source_[e], e);
    if (observed.cyclic()) return false;
    find_happens_before();
    return !happens_before_.cyclic() && coherent() && seq_cst_order_exists();
  }

 private:
  std::size_t place(std::size_t write) const { return c_.place(write); }
  bool modified_before(std::size_t a, std::size_t b) const { return c_.modified_before(a, b); }

  // [intro.races] p5: whether `write` is in the release sequence headed by `head`: the head, and
  // the read-modify-writes that directly follow it in modification order.
  bool in_release_sequence(std::size_t head, std::size_t write) const {
    if (events_[head].where != events_[write].where || place(write) < place(head)) return false;
    const auto& order = c_.modification_order[events_[head].where];
    for (std::size_t i = place(head) + 1; i <= place(write); ++i)
      if (!events_[order[i]].reads) return false;
    return true;
  }
  bool reads_from_sequence(std::size_t read, std::size_t head) const {
    return events_[read].reads && in_release_sequence(head, source_[read]);
  }

  // [atomics.order] p2, [atomics.fences] p2 to p4.
  bool synchronizes_with(std::size_t a, std::size_t b) const {
    if (!kinds_[a].releases || !kinds_[b].acquires) return false;
    const auto& sb = sequenced_before_;
    for (std::size_t x = 0; x < events_.size(); ++x) {  // the write: a, or one behind fence a
      if (!events_[x].writes || (kinds_[a].fence ? !sb.has(a, x) : x != a)) continue;
      for (std::size_t y = 0; y < events_.size(); ++y) {  // the read: b, or one before fence b
        if (kinds_[b].fence ? !sb.has(y, b) : y != b) continue;
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
        if (kinds_[a].seq_cst && kinds_[b].seq_cst && !kinds_[a].fence && !kinds_[b].fence)
          seq_cst_synchronizes.add(a, b);
      }
    Relation simply = sequenced_before_;
    simply |= synchronizes;
    happens_before_ = simply.closure();
    strongly_happens_before_ = sequenced_before_;
    strongly_happens_before_ |= seq_cst_synchronizes;
    strongly_happens_before_ |= sequenced_before_.then(happens_before_).then(sequenced_before_);
    strongly_happens_before_ = strongly_happens_before_.closure();
    for (std::size_t init = 0; init < kWords; ++init)
      for (std::size_t e = kWords; e < events_.size(); ++e) happens_before_.add(init, e);
  }

  // [intro.races] p14 to p17: the four coherence requirements, as one each for what is read or
  // written by the two.
  bool coherent() const {
    for (std::size_t a = 0; a < events_.size(); ++a)
      for (std::size_t b = 0; b < events_.size(); ++b) {
        if (!happens_before_.has(a, b) || kinds_[a].fence || kinds_[b].fence) continue;
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
        if (a == b || kinds_[a].fence || kinds_[b].fence) continue;
        if (events_[b].reads && source_[b] == a) r.add(a, b);
        if (events_[a].writes && events_[b].writes && modified_before(a, b)) r.add(a, b);
        if (events_[a].reads && events_[b].writes && modified_before(source_[a], b)) r.add(a, b);
      }
    return r.closure();
  }

  // [atomics.order] p4: the demands on S, which exists if they have no cycle.
  bool seq_cst_order_exists() const {
    const Relation coherence = coherence_ordered_before();
    const auto is_fence = [&](std::size_t e) { return kinds_[e].seq_cst && kinds_[e].fence; };
    Relation s;
    for (std::size_t a = 0; a < events_.size(); ++a)
      for (std::size_t b = 0; b < events_.size(); ++b) {
        if (strongly_happens_before_.has(a, b) && kinds_[a].seq_cst && kinds_[b].seq_cst)
          s.add(a, b);
        if (!coherence.has(a, b)) continue;
        if (kinds_[a].seq_cst && kinds_[b].seq_cst) s.add(a, b);
        for (std::size_t y = 0; y < events_.size(); ++y)
          if (kinds_[a].seq_cst && is_fence(y) && happens_before_.has(b, y)) s.add(a, y);
        for (std::size_t x = 0; x < events_.size(); ++x) {
          if (!is_fence(x) || !happens_before_.has(x, a)) continue;
          if (kinds_[b].seq_cst) s.add(x, b);
          for (std::size_t y = 0; y < events_.size(); ++y)
            if (is_fence(y) && happens_before_.has(b, y)) s.add(x, y);
        }
      }
    return !s.cyclic();
  }

  const Candidate& c_;
  const std::vector<Event>& events_;
  const std::vector<std::size_t>& source_;  // [read]
  const Relation& sequenced_before_;
  std::vector<Kind> kinds_;
  Relation happens_before_;
  Relation strongly_happens_before_;
};

}  // namespace

std::set<Final> outcomes_by_axioms(const Litmus& test) {
  std::set<Final> finals;
  each_candidate(test, Updates::whole, [&](const Candidate& c) {
    if (!finals.contains(c.final) && CxxJudge(c).allowed()) finals.insert(c.final);
  });
  return finals;
}

}  // namespace rw::litmus

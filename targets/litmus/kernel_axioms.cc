#include "targets/litmus/kernel_axioms.h"

#include <cstddef>
#include <vector>

#include "targets/litmus/candidates.h"
#include "targets/litmus/relation.h"

namespace rw::litmus {

namespace {

// The sets that linux-kernel.bell and lock.cat name.
struct Sets {
  EventSet R, W, M;
  EventSet acquire, release, rmw_half, noreturn;
  EventSet full;  // halves of a fully ordered read-modify-write
  EventSet UL, LKR, LKW;
  EventSet mb, wmb, rmb, after_atomic, after_spinlock;
  EventSet rcu_lock, rcu_unlock, sync_rcu, srcu_lock, srcu_unlock, sync_srcu;
};

void sort_fence(Sets& s, std::size_t n, Order o) {
  s.mb[n] = o == Order::full;
  s.wmb[n] = o == Order::wmb;
  s.rmb[n] = o == Order::rmb;
  s.after_atomic[n] = o == Order::after_atomic;
  s.after_spinlock[n] = o == Order::after_spinlock;
}

Sets sets_of(const Candidate& c) {
  Sets s;
  for (std::size_t n = 0; n < c.events.size(); ++n) {
    const Event& e = c.events[n];
    s.R[n] = e.reads;
    s.W[n] = e.writes;
    s.M[n] = e.reads || e.writes;
    if (e.statement == nullptr) continue;
    const Action action = e.statement->action;
    const Order o = e.statement->order;
    if (action == Action::fence) {
      sort_fence(s, n, o);
      continue;
    }
    const bool update = action == Action::add || action == Action::exchange ||
                        action == Action::increment || action == Action::lock;
    s.rmw_half[n] = update;
    s.noreturn[n] = action == Action::increment;
    s.full[n] = update && o == Order::full;
    s.acquire[n] = e.reads && (o == Order::acquire || action == Action::lock);
    s.release[n] = e.writes && (o == Order::release || action == Action::unlock);
    s.UL[n] = action == Action::unlock;
    s.LKR[n] = action == Action::lock && e.reads;
    s.LKW[n] = action == Action::lock && e.writes;
    s.rcu_lock[n] = action == Action::rcu_lock;
    s.rcu_unlock[n] = action == Action::rcu_unlock;
    s.sync_rcu[n] = action == Action::sync_rcu;
    s.srcu_lock[n] = action == Action::srcu_lock;
    s.srcu_unlock[n] = action == Action::srcu_unlock;
    s.sync_srcu[n] = action == Action::sync_srcu;
  }
  return s;
}

enum class Rules { model, machine };

// One candidate, and what the kernel's model says of it.
class KernelJudge {
 public:
  KernelJudge(const Candidate& c, Rules rules)
      : c_(c), s_(sets_of(c)), po_(c.program_order), rules_(rules) {
    find_communication();
  }

  bool allowed() {
    if (((po_ & same_word_) | rf_ | co_ | fr_).cyclic()) return false;  // coherence; atomic
    find_propagation();
    if (hb_.cyclic()) return false;
    pb_ = prop_.then(strong_fence_).then(hb_.any_number());
    if (pb_.cyclic()) return false;
    return grace_periods_hold();
  }

 private:
  void find_communication() {
    const std::size_t count = c_.events.size();
    for (std::size_t a = 0; a < count; ++a)
      for (std::size_t b = 0; b < count; ++b) {
        const Event& ea = c_.events[a];
        const Event& eb = c_.events[b];
        if (a == b || (ea.thread >= 0 && ea.thread == eb.thread)) internal_.add(a, b);
        if (ea.where == kNowhere || ea.where != eb.where) continue;
        same_word_.add(a, b);
        if (eb.reads && c_.read[b] == a) rf_.add(a, b);
        if (eb.update_of == a && a != b) rmw_.add(a, b);
        if (ea.writes && eb.writes && c_.modified_before(a, b)) co_.add(a, b);
        if (ea.reads && eb.writes && c_.modified_before(c_.read[a], b)) fr_.add(a, b);
      }
  }

  Relation external(Relation r) const {
    for (std::size_t a = 0; a < kMostEvents; ++a) r.row[a] &= ~internal_.row[a];
    return r;
  }
  Relation internal(const Relation& r) const { return r & internal_; }
  // From what comes before an event of `fences` to what comes behind it.
  Relation fencerel(const EventSet& fences) const { return to(po_, fences).then(po_); }
  Relation accesses(const Relation& r) const { return from(s_.M, to(r, s_.M)); }

  Relation find_mb() const {
    Relation mb = accesses(fencerel(s_.mb));
    const Relation behind_atomic = from(s_.rmw_half, fencerel(s_.after_atomic));
    const Relation behind_lock = from(s_.LKW, fencerel(s_.after_spinlock));
    mb |= accesses(po_.maybe().then(behind_atomic | behind_lock));
    // A fully ordered read-modify-write has an smp_mb() before it and one behind it.
    const Relation outside = between_updates();
    mb |= accesses(to(outside, s_.full).then(po_.maybe()));
    mb |= accesses(po_.maybe().then(from(s_.full, outside)));
    return mb;
  }

  // Program order without the step from a read-modify-write's read to its own write.
  Relation between_updates() const {
    Relation r = po_;
    for (std::size_t a = 0; a < kMostEvents; ++a) r.row[a] &= ~rmw_.row[a];
    return r;
  }

  Relation find_dependencies() const {
    if (rules_ == Rules::machine) return from(s_.R, to(po_, s_.W));
    return to(data() | c_.control, s_.W);
  }

  Relation data() const {
    Relation r;
    for (std::size_t e = 0; e < c_.events.size(); ++e)
      if (c_.events[e].writes && c_.events[e].operand_from != kNowhere)
        r.add(c_.events[e].operand_from, e);
    return r;
  }

  void find_propagation() {
    const Relation acq_po = from(s_.acquire, to(po_, s_.M));
    const Relation po_rel = from(s_.M, to(po_, s_.release));
    const Relation wmb = from(s_.W, to(fencerel(s_.wmb), s_.W));
    const EventSet r4rmb = s_.R & ~s_.noreturn;
    const Relation rmb = from(r4rmb, to(fencerel(s_.rmb), r4rmb));
    const Relation gp = to(po_, s_.sync_rcu | s_.sync_srcu).then(po_.maybe());
    strong_fence_ = find_mb() | gp;
    const Relation po_unlock_lock_po = to(po_, s_.UL).then(to(po_ | rf_, s_.LKR)).then(po_);

    const Relation overwrite = co_ | fr_;
    const Relation ppo = find_dependencies() | data().then(internal(rf_)) |
                         to(internal(overwrite), s_.W) | strong_fence_ | po_rel | acq_po | wmb |
                         rmb | internal(po_unlock_lock_po);
    const Relation rfe = external(rf_);
    const Relation rmw_sequence = rf_.then(rmw_).any_number();
    Relation a_cumul = strong_fence_ | po_rel;
    if (rules_ == Rules::machine) a_cumul |= po_unlock_lock_po;
    const Relation cumul_fence =
        (rfe.maybe().then(a_cumul) | wmb | po_unlock_lock_po).then(rmw_sequence);
    prop_ = external(overwrite).maybe().then(cumul_fence.any_number()).then(rfe.maybe());
    Relation own = internal(prop_);
    for (std::size_t e = 0; e < kMostEvents; ++e) own.row[e].reset(e);
    hb_ = ppo | rfe | own;
  }

  // The marks of one kind that are of the same domain; RCU has but one.
  Relation same_domain(const Relation& r) const {
    Relation some;
    for (std::size_t a = 0; a < c_.events.size(); ++a)
      for (std::size_t b = 0; b < c_.events.size(); ++b)
        if (r.has(a, b) && c_.events[a].statement->where == c_.events[b].statement->where)
          some.add(a, b);
    return some;
  }

  // From each unlock to the lock of its section; the notation's sections do not nest.
  Relation sections(const EventSet& locks, const EventSet& unlocks, bool domains) const {
    Relation to_lock;
    for (std::size_t u = 0; u < c_.events.size(); ++u) {
      if (!unlocks[u]) continue;
      for (std::size_t l = u; l-- > 0;)
        if (locks[l] && po_.has(l, u) &&
            (!domains || c_.events[l].statement->where == c_.events[u].statement->where)) {
          to_lock.add(u, l);
          break;
        }
    }
    return to_lock;
  }

  bool grace_periods_hold() const {
    const Relation all = Relation::identity();
    const Relation gp = from(s_.sync_rcu, all);
    const Relation srcu_gp = from(s_.sync_srcu, all);
    if (gp == Relation{} && srcu_gp == Relation{}) return true;
    const Relation rscsi = sections(s_.rcu_lock, s_.rcu_unlock, false);
    const Relation srcu_rscsi = sections(s_.srcu_lock, s_.srcu_unlock, true);
    const Relation hb_pb = hb_.any_number().then(pb_.any_number());
    const Relation link = po_.maybe().then(hb_pb).then(prop_).then(po_);

    Relation order = gp | srcu_gp;
    for (Relation last; !(order == last);) {
      last = order;
      const Relation by = link | link.then(order).then(link);
      order |= gp.then(by).then(rscsi) | rscsi.then(by).then(gp);
      order |= same_domain(srcu_gp.then(by).then(srcu_rscsi));
      order |= same_domain(srcu_rscsi.then(by).then(srcu_gp));
      order |= order.then(link).then(order);
    }
    const Relation rcu_fence = po_.then(order).then(po_.maybe());
    return !prop_.then(rcu_fence).then(hb_pb).reflexive_somewhere();
  }

  const Candidate& c_;
  Sets s_;
  Relation po_, internal_, same_word_, rf_, rmw_, co_, fr_;
  Rules rules_;
  Relation strong_fence_, prop_, hb_, pb_;
};

}  // namespace

KernelOutcomes outcomes_by_kernel_axioms(const Litmus& test) {
  KernelOutcomes outcomes;
  const auto judge = [](const Candidate& c, Rules rules, std::set<Final>& allowed) {
    if (!allowed.contains(c.final) && KernelJudge(c, rules).allowed()) allowed.insert(c.final);
  };
  each_candidate(test, Updates::halves, [&](const Candidate& c) {
    judge(c, Rules::model, outcomes.by_model);
    judge(c, Rules::machine, outcomes.by_machine);
  });
  return outcomes;
}

}  // namespace rw::litmus

#include "targets/litmus/interleave.h"

namespace rw::litmus {

namespace {

// Everything the future of an interleaving depends on.
struct State {
  std::uint8_t next[kMaxThreads] = {};     // statement of each task
  std::int8_t owner[kDomains] = {-1, -1};  // of the locks
  std::uint8_t in_rcu = 0;                 // bit t: task t is in a read section
  std::uint8_t in_srcu[kDomains] = {};
  // A grace period is two steps: note who is inside, then go on when all of them have left.
  bool waiting[kMaxThreads] = {};
  std::uint8_t waits_for[kMaxThreads] = {};
  Final values;
  auto operator<=>(const State&) const = default;
};

class Enumeration {
 public:
  explicit Enumeration(const Litmus& test) : test_(&test) {}

  std::set<Final> run() {
    visit(State{});
    return std::move(finals_);
  }

 private:
  void visit(const State& state) {
    if (!seen_.insert(state).second) return;
    bool ended = true;
    for (unsigned t = 0; t < test_->threads.size(); ++t) {
      if (state.next[t] == test_->threads[t].size()) continue;
      ended = false;
      State after = state;
      if (step(after, t, test_->threads[t][state.next[t]])) visit(after);
    }
    if (ended) finals_.insert(state.values);
  }

  // Task t makes statement s. Returns false if it has to wait.
  bool step(State& state, unsigned t, const Statement& s) {
    std::uint32_t* registers = state.values.registers[t];
    std::uint32_t& memory = state.values.memory[s.where];
    const std::uint32_t operand = s.operand_is_register ? registers[s.operand] : s.operand;
    const auto me = static_cast<std::uint8_t>(1U << t);
    switch (s.action) {
      case Action::store:
        memory = operand;
        break;
      case Action::load:
        registers[s.result] = memory;
        break;
      case Action::add:
        registers[s.result] = memory;
        memory += operand;
        break;
      case Action::exchange:
        registers[s.result] = memory;
        memory = operand;
        break;
      case Action::increment:
        ++memory;
        break;
      case Action::fence:
        break;
      case Action::guard:
        if (operand == 0) {
          state.next[t] = static_cast<std::uint8_t>(test_->threads[t].size());
          return true;
        }
        break;
      case Action::lock:
        if (state.owner[s.where] != -1) return false;
        state.owner[s.where] = static_cast<std::int8_t>(t);
        break;
      case Action::unlock:
        state.owner[s.where] = -1;
        break;
      case Action::rcu_lock:
        state.in_rcu |= me;
        break;
      case Action::rcu_unlock:
        leave(state, state.in_rcu, me);
        break;
      case Action::srcu_lock:
        state.in_srcu[s.where] |= me;
        break;
      case Action::srcu_unlock:
        leave(state, state.in_srcu[s.where], me);
        break;
      case Action::sync_rcu:
        if (!grace_period(state, t, state.in_rcu)) return false;
        break;
      case Action::sync_srcu:
        if (!grace_period(state, t, state.in_srcu[s.where])) return false;
        break;
    }
    if (!state.waiting[t]) ++state.next[t];
    return true;
  }

  // Nobody waits for this section any more. A task waits in one domain only, and rows have one
  // section per task, so one mask per waiter is enough.
  void leave(State& state, std::uint8_t& inside, std::uint8_t me) {
    inside &= static_cast<std::uint8_t>(~me);
    for (std::uint8_t& mask : state.waits_for) mask &= static_cast<std::uint8_t>(~me);
  }

  bool grace_period(State& state, unsigned t, std::uint8_t inside) {
    if (!state.waiting[t]) {
      state.waiting[t] = true;
      state.waits_for[t] = inside;
      return true;
    }
    if (state.waits_for[t] != 0) return false;
    state.waiting[t] = false;
    return true;
  }

  const Litmus* test_;
  std::set<State> seen_;
  std::set<Final> finals_;
};

}  // namespace

std::set<Final> outcomes_under_sc(const Litmus& test) {
  return Enumeration(test).run();
}

}  // namespace rw::litmus

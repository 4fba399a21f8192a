#include "targets/litmus/mistake.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "targets/litmus/litmus.h"

namespace rw::litmus {

namespace {

constexpr std::array<std::string_view, 10> kOrders = {"na",  "plain", "rlx", "once", "acq",
                                                      "rel", "ar",    "sc",  "full", "mb"};

bool in_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The name that ends before, or begins at, position `at` of `s`.
std::string_view name_before(std::string_view s, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && in_name(s[begin - 1])) --begin;
  return s.substr(begin, at - begin);
}
std::string_view name_at(std::string_view s, std::size_t at) {
  std::size_t end = at;
  while (end < s.size() && in_name(s[end])) ++end;
  return s.substr(at, end - at);
}

bool is_location(std::string_view s) {
  return s.size() == 1 && kLocationNames.find(s[0]) != std::string_view::npos;
}

// A single part of the statement that is known to be wrong; "" if none stands out.
std::string wrong_part(std::string_view text) {
  if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
    const std::string_view order = name_at(text, dot + 1);
    if (std::find(kOrders.begin(), kOrders.end(), order) == kOrders.end())
      return fmt::format(
          "there is no order '{}'; C++ has na rlx acq rel ar sc, the kernel plain once acq rel "
          "full",
          order);
    const std::string_view what = name_before(text, dot);
    if (what != "add" && what != "xchg" && what != "fence" && !is_location(what))
      return fmt::format("there is no '{}'; locations are x y z w d, calls add xchg fence", what);
  }
  if (const std::size_t equals = text.rfind('='); equals != std::string_view::npos) {
    std::string_view right = text.substr(equals + 1);
    while (!right.empty() && right.front() == ' ') right.remove_prefix(1);
    if (right.size() > 1 && std::all_of(right.begin(), right.end(),
                                        [](unsigned char c) { return std::isdigit(c) != 0; }))
      return fmt::format("{} is too much; values are 0 to 9", right);
  }
  return "";
}

constexpr const char* kStatements =
    "x.rlx=1, x.rlx=r0, r0=x.acq, r0=add.rlx(x,1), r0=xchg.sc(x,1), fence.sc, if(r0); in the "
    "kernel's rows also mb, wmb, rmb, mb_after_atomic, mb_after_spinlock, atomic_inc(x), lock(s), "
    "unlock(s), rcu_lock, rcu_unlock, sync_rcu, i=srcu_lock(s), srcu_unlock(s,i), sync_srcu(s)";

// ---- statements that can be read but mean nothing -----------------------------------------------

bool is_access(const Statement& s) {
  return s.action == Action::load || s.action == Action::store || s.action == Action::add ||
         s.action == Action::exchange;
}

std::string wrong_order(const Statement& s) {
  const Order o = s.order;
  const bool update = s.action == Action::add || s.action == Action::exchange;
  if (s.action == Action::load && (o == Order::release || o == Order::acq_rel))
    return "a load cannot release; write acq, or sc in C++";
  if (s.action == Action::store && (o == Order::acquire || o == Order::acq_rel))
    return "a store cannot acquire; write rel, or sc in C++";
  if (update && o == Order::plain) return "a read-modify-write is never plain; write rlx or once";
  if (s.action == Action::fence && (o == Order::relaxed || o == Order::plain))
    return "a fence that orders nothing; write fence.acq, fence.rel, fence.ar or fence.sc";
  return "";
}

std::string wrong_in_cxx(const Statement& s) {
  const bool of_kernel = !is_access(s) && s.action != Action::fence && s.action != Action::guard;
  if (of_kernel) return "locks, RCU and atomic_inc are the kernel's; write 'model: lkmm'";
  if (s.action == Action::fence && s.order > Order::seq_cst)
    return "mb, wmb and rmb are the kernel's; write fence.acq, fence.rel, fence.ar or fence.sc, or "
           "'model: lkmm'";
  if (s.order > Order::seq_cst) return "the order full is the kernel's; write sc, or 'model: lkmm'";
  return "";
}

std::string wrong_in_kernel(const Statement& s) {
  if (s.action == Action::fence && s.order <= Order::seq_cst)
    return "fence.* is C++'s; write mb, wmb or rmb, or 'model: weak'";
  if (is_access(s) && (s.order == Order::seq_cst || s.order == Order::acq_rel))
    return "the orders sc and ar are C++'s; write full for a read-modify-write, acq or rel for "
           "other accesses, or 'model: weak'";
  if ((s.action == Action::load || s.action == Action::store) && s.order == Order::full)
    return "only read-modify-writes are full; write mb before or behind the access";
  return "";
}

std::string used_both_ways(const Litmus& test) {
  for (const auto& thread : test.threads)
    for (const Statement& s : thread)
      if ((is_access(s) || s.action == Action::increment) && s.order != Order::plain &&
          is_plain(test, s.where))
        return fmt::format(
            "{} is plain data (na, plain) in one place and atomic in another; a row uses a "
            "location one way",
            kLocationNames[s.where]);
  return "";
}

bool writes_register(const std::vector<Statement>& thread, unsigned index) {
  return std::any_of(thread.begin(), thread.end(), [&](const Statement& s) {
    return s.result == index && (s.action == Action::load || s.action == Action::add ||
                                 s.action == Action::exchange || s.action == Action::srcu_lock);
  });
}

// What a task has in hand while it runs from its first statement on.
struct Held {
  bool read[kRegisters] = {};  // something has been read into it
  bool lock[kDomains] = {};
  bool srcu[kDomains] = {};
  bool rcu = false;

  bool a_lock() const {
    return std::find(std::begin(lock), std::end(lock), true) != std::end(lock);
  }
  bool anything() const {
    return rcu || a_lock() || std::find(std::begin(srcu), std::end(srcu), true) != std::end(srcu);
  }
};

std::string take(bool& held, const char* what, const char* end) {
  if (held) return fmt::format("{} in a task that has it already; write {} before", what, end);
  held = true;
  return "";
}
std::string release(bool& held, const char* what, const char* begin) {
  if (!held) return fmt::format("{} without {} before it in the task", what, begin);
  held = false;
  return "";
}

std::string wrong_in_its_place(const Statement& s, Held& held) {
  const bool uses_register = s.operand_is_register || s.action == Action::guard;
  if (uses_register && s.action != Action::srcu_unlock && !held.read[s.operand])
    return "a register that nothing has been read into; write a load into it before";
  switch (s.action) {
    case Action::load:
    case Action::add:
    case Action::exchange:
      held.read[s.result] = true;
      return "";
    case Action::guard:
      if (held.anything()) return "an if inside a lock or a section, which it would leave taken";
      return "";
    case Action::lock:
      return take(held.lock[s.where], "a lock", "unlock");
    case Action::unlock:
      return release(held.lock[s.where], "unlock", "lock");
    case Action::rcu_lock:
      return take(held.rcu, "rcu_lock", "rcu_unlock");
    case Action::rcu_unlock:
      return release(held.rcu, "rcu_unlock", "rcu_lock");
    case Action::srcu_lock:
      return take(held.srcu[s.where], "srcu_lock", "srcu_unlock");
    case Action::srcu_unlock:
      return release(held.srcu[s.where], "srcu_unlock", "srcu_lock of this domain");
    case Action::sync_rcu:
      return held.rcu || held.a_lock()
                 ? "sync_rcu sleeps; it cannot stand inside rcu_lock or a lock"
                 : "";
    case Action::sync_srcu:
      return held.srcu[s.where] || held.rcu || held.a_lock()
                 ? "sync_srcu sleeps; it cannot stand inside its section, rcu_lock or a lock"
                 : "";
    default:
      return "";
  }
}

// What goes wrong in one task, whatever the others do.
std::string misused(const std::vector<Statement>& thread, unsigned t) {
  Held held;
  for (std::size_t i = 0; i < thread.size(); ++i)
    if (const std::string what = wrong_in_its_place(thread[i], held); !what.empty())
      return fmt::format("statement {} of T{}: {}", i + 1, t, what);
  if (held.anything()) return fmt::format("T{} ends inside a lock or a section; write its end", t);
  return "";
}

}  // namespace

std::string statement_mistake(std::string_view text) {
  if (text.empty()) return "an empty statement; take out a ';', or the task";
  const std::string part = wrong_part(text);
  if (!part.empty()) return fmt::format("in '{}': {}", text, part);
  return fmt::format("'{}' is no statement; write {}", text, kStatements);
}

Mistake meaningless(const Litmus& test, Dialect dialect) {
  for (std::size_t t = 0; t < test.threads.size(); ++t)
    for (std::size_t i = 0; i < test.threads[t].size(); ++i) {
      const Statement& s = test.threads[t][i];
      std::string what = dialect == Dialect::cxx ? wrong_in_cxx(s) : wrong_in_kernel(s);
      if (what.empty()) what = wrong_order(s);
      if (!what.empty())
        return {fmt::format("statement {} of T{}: {}", i + 1, t, what), static_cast<int>(t)};
    }
  for (std::size_t t = 0; t < test.threads.size(); ++t)
    if (std::string what = misused(test.threads[t], static_cast<unsigned>(t)); !what.empty())
      return {std::move(what), static_cast<int>(t)};
  for (const Clause& c : test.outcome)
    if (c.thread >= 0 && !writes_register(test.threads[static_cast<unsigned>(c.thread)], c.index))
      return {
          fmt::format("T{} never reads into the register that the outcome names; write one it "
                      "reads into",
                      c.thread)};
  if (std::string what = used_both_ways(test); !what.empty()) return {std::move(what), 0};
  return {};
}

}  // namespace rw::litmus

#include "targets/kernel/lockdep.h"

#include <cstring>

#include "targets/kernel/context.h"

namespace rw::kernel {

namespace {

struct held_lock {
  const void* lock;
  const lock_class* cls;
  unsigned subclass;
  bool shared;
  sync::site where;
};

// One per task and touched by it alone.
struct alignas(64) task_locks {
  unsigned count = 0;
  held_lock held[kMaxHeld];
};
task_locks g_tasks[kMaxTasks];

// The order graph of this execution: bit b of after[a] says that b was taken while a was held.
struct class_set {
  std::uint64_t bits[kMaxClasses / 64];
};
struct order_graph {
  class_set after[kMaxClasses];
  std::uint16_t touched[kMaxClasses];  // which rows are not empty
  unsigned touched_count = 0;
  bool check = true;
};
order_graph g_order;

RW_UNINSTRUMENTED bool has(const class_set& s, unsigned i) {
  return (s.bits[i / 64] >> (i % 64) & 1U) != 0;
}

RW_UNINSTRUMENTED task_locks& locks_of_task() {
  return g_tasks[sync::current_task()];
}

// Fails with the classes of a cycle, smallest name first, so that the key does not depend on where
// the cycle was noticed.
[[noreturn]] void fail_order(const lock_class* const* cycle, unsigned n, const std::string& message,
                             sync::site where) {
  unsigned first = 0;
  for (unsigned i = 1; i < n; ++i)
    if (std::strcmp(cycle[i]->name, cycle[first]->name) < 0) first = i;
  const auto name = [&](unsigned i) { return std::string(cycle[(first + i) % n]->name); };
  switch (n) {
    case 1:
      sync::fail("lock-order", {name(0)}, message, where);
    case 2:
      sync::fail("lock-order", {name(0), name(1)}, message, where);
    case 3:
      sync::fail("lock-order", {name(0), name(1), name(2)}, message, where);
    default:
      std::string all = name(0);
      for (unsigned i = 1; i < n; ++i) all += " " + name(i);
      sync::fail("lock-order", {all}, message, where);
  }
}

struct found_path {
  const lock_class* steps[kMaxClasses];
  unsigned count = 0;  // 0: there is none
};

// The shortest chain of "taken while held" from `from` to `to`. Called inside a ghost section.
RW_UNINSTRUMENTED void find_path(unsigned from, unsigned to, found_path& path) {
  std::uint16_t queue[kMaxClasses];
  std::int16_t parent[kMaxClasses];
  for (std::int16_t& p : parent) p = -1;
  unsigned head = 0;
  unsigned tail = 0;
  queue[tail++] = static_cast<std::uint16_t>(from);
  parent[from] = static_cast<std::int16_t>(from);
  while (head < tail && parent[to] < 0) {
    const unsigned at = queue[head++];
    for (unsigned next = 0; next < lock_class_count(); ++next) {
      if (!has(g_order.after[at], next) || parent[next] >= 0) continue;
      parent[next] = static_cast<std::int16_t>(at);
      queue[tail++] = static_cast<std::uint16_t>(next);
    }
  }
  if (parent[to] < 0) return;
  unsigned length = 1;
  for (unsigned at = to; at != from; at = static_cast<unsigned>(parent[at])) ++length;
  path.count = length;
  for (unsigned at = to; length-- > 0; at = static_cast<unsigned>(parent[at]))
    path.steps[length] = &lock_class_at(at);
}

// `inner` is taken while `outer` is held. If that is new and closes a cycle, says which.
RW_UNINSTRUMENTED void add_order(const lock_class& outer, const lock_class& inner,
                                 found_path& back) {
  const sync::ghost_section section;
  class_set& row = g_order.after[outer.index];
  if (has(row, inner.index)) return;
  bool empty = true;
  for (const std::uint64_t word : row.bits) empty = empty && word == 0;
  if (empty) g_order.touched[g_order.touched_count++] = static_cast<std::uint16_t>(outer.index);
  row.bits[inner.index / 64] |= std::uint64_t{1} << (inner.index % 64);
  find_path(inner.index, outer.index, back);
}

RW_UNINSTRUMENTED bool holds_exclusive(const task_locks& t, const void* lock) {
  for (unsigned i = 0; i < t.count; ++i)
    if (t.held[i].lock == lock && !t.held[i].shared) return true;
  return false;
}

RW_UNINSTRUMENTED void check_same_class(const held_lock& held, const lock_class& cls,
                                        const void* lock, const lock_use& use, sync::site where) {
  const bool allowed =
      held.lock != lock &&
      (use.subclass > held.subclass ||
       (use.nest_lock != nullptr && holds_exclusive(locks_of_task(), use.nest_lock)));
  if (allowed) return;
  const lock_class* one[] = {&cls};
  fail_order(one, 1,
             held.lock == lock
                 ? fmt::format("{} is taken while the task already holds it (since {})",
                               sync::name_of(lock), sync::function_name(held.where))
                 : fmt::format("{} is taken while {} of the same class is held, and nothing says "
                               "which comes first",
                               sync::name_of(lock), sync::name_of(held.lock)),
             where);
}

RW_UNINSTRUMENTED void check_against(const held_lock& held, const lock_class& cls, const void* lock,
                                     const lock_use& use, sync::site where) {
  if (held.cls == nullptr) return;
  if (held.cls == &cls) return check_same_class(held, cls, lock, use, where);
  if (cls.how.rank != 0 && held.cls->how.rank > cls.how.rank) {
    const lock_class* two[] = {&cls, held.cls};
    fail_order(two, 2,
               fmt::format("{} is taken while {} is held; the documented order is {} first",
                           sync::name_of(lock), sync::name_of(held.lock), cls.name),
               where);
  }
  found_path back;
  add_order(*held.cls, cls, back);
  if (back.count == 0) return;
  std::string chain;
  for (unsigned i = 0; i < back.count; ++i) chain += std::string(back.steps[i]->name) + ", then ";
  fail_order(back.steps, back.count,
             fmt::format("{} is taken while {} is held; elsewhere in this execution: {}a cycle",
                         sync::name_of(lock), sync::name_of(held.lock), chain),
             where);
}

}  // namespace

RW_UNINSTRUMENTED void lockdep_acquire(const void* lock, const lock_tag* tag, const lock_use& use,
                                       sync::site where) {
  if (!g_order.check) return;
  const lock_class* cls = class_of_tag(tag);
  if (cls == nullptr) return;
  const task_locks& t = locks_of_task();
  for (unsigned i = 0; i < t.count; ++i) check_against(t.held[i], *cls, lock, use, where);
}

RW_UNINSTRUMENTED void lockdep_acquired(const void* lock, const lock_tag* tag, const lock_use& use,
                                        sync::site where) {
  const lock_class* cls = class_of_tag(tag);
  if (cls == nullptr)
    sync::fail("use-after-free", {field_name(lock), sync::function_name(where)},
               fmt::format("{} is taken as a lock, but no lock was initialised there: the memory "
                           "has become something else, or never was a lock",
                           sync::name_of(lock)),
               where);
  task_locks& t = locks_of_task();
  RW_CHECK(t.count < kMaxHeld, "a task holds more locks than lockdep has room for");
  t.held[t.count++] = {lock, cls, use.subclass, use.shared, where};
  hooks::acquired(lock, use.shared ? hooks::hold::shared : hooks::hold::exclusive, where);
}

namespace {

// The calling task's innermost hold of `lock` in that mode; fails if there is none.
RW_UNINSTRUMENTED unsigned find_held(const void* lock, const lock_tag* tag, bool shared,
                                     sync::site where) {
  const task_locks& t = locks_of_task();
  for (unsigned i = t.count; i-- > 0;)
    if (t.held[i].lock == lock && t.held[i].shared == shared) return i;
  const lock_class* cls = class_of_tag(tag);
  sync::fail(
      "unlock-not-owner",
      {cls != nullptr ? std::string(cls->name) : field_name(lock), sync::function_name(where)},
      fmt::format("{} is unlocked by T{}, which does not hold it{}", sync::name_of(lock),
                  sync::current_task(), shared ? " for reading" : ""),
      where);
}

}  // namespace

RW_UNINSTRUMENTED void lockdep_release(const void* lock, const lock_tag* tag, bool shared,
                                       sync::site where) {
  const unsigned at = find_held(lock, tag, shared, where);
  task_locks& t = locks_of_task();
  for (unsigned i = at + 1; i < t.count; ++i) t.held[i - 1] = t.held[i];
  --t.count;
  hooks::released(lock, where);
}

RW_UNINSTRUMENTED void lockdep_downgrade(const void* lock, const lock_tag* tag, sync::site where) {
  locks_of_task().held[find_held(lock, tag, false, where)].shared = true;
  hooks::released(lock, where);
  hooks::acquired(lock, hooks::hold::shared, where);
}

RW_UNINSTRUMENTED bool lockdep_is_held(const void* lock) {
  const task_locks& t = locks_of_task();
  for (unsigned i = 0; i < t.count; ++i)
    if (t.held[i].lock == lock) return true;
  return false;
}

RW_UNINSTRUMENTED bool lockdep_is_held_exclusive(const void* lock) {
  return holds_exclusive(locks_of_task(), lock);
}

void lockdep_assert_held(const void* lock, sync::site where) {
  if (lockdep_is_held(lock)) return;
  sync::fail("invariant", {"lockdep_assert_held", field_name(lock), sync::function_name(where)},
             fmt::format("{} is not held", sync::name_of(lock)), where);
}

void lockdep_assert_held_write(const void* lock, sync::site where) {
  if (lockdep_is_held_exclusive(lock)) return;
  sync::fail("invariant",
             {"lockdep_assert_held_write", field_name(lock), sync::function_name(where)},
             fmt::format("{} is not held for writing", sync::name_of(lock)), where);
}

RW_UNINSTRUMENTED void lockdep_op_end(sync::site where) {
  const task_locks& t = locks_of_task();
  if (t.count == 0) return;
  const held_lock& first = t.held[0];
  sync::fail(
      "lock-leak", {first.cls->name, sync::function_name(first.where)},
      fmt::format("the op ends while T{} still holds {} (taken in {}){}", sync::current_task(),
                  sync::name_of(first.lock), sync::function_name(first.where),
                  t.count > 1 ? fmt::format(" and {} more", t.count - 1) : ""),
      where);
}

RW_UNINSTRUMENTED void lockdep_begin_execution(bool check_order) {
  for (task_locks& t : g_tasks) t.count = 0;
  for (unsigned i = 0; i < g_order.touched_count; ++i)
    for (std::uint64_t& word : g_order.after[g_order.touched[i]].bits) word = 0;
  g_order.touched_count = 0;
  g_order.check = check_order;
}

}  // namespace rw::kernel

// How many tasks an execution may have, and sets of tasks.
//
// Eight in every build but `wide`, which has room for the largest programs of the literature
// (targets/classics) and pays for it with clocks and tables of that size. Locks of targets/kernel
// name their waiters in bits of a word, so theirs is a limit of its own, kernel::kMaxLockTasks.
//
// Promises: with eight tasks a set is a std::uint32_t, and each function here one instruction.
#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#ifndef RACEWALK_TASKS
#define RACEWALK_TASKS 8
#endif

namespace rw::sync {

inline constexpr unsigned kMaxTasks = RACEWALK_TASKS;
static_assert(kMaxTasks >= 8 && kMaxTasks < 128);

// Bit t: task t is in it.
__extension__ using WideTaskSet = unsigned __int128;
using TaskSet = std::conditional_t<(kMaxTasks < 32), std::uint32_t, WideTaskSet>;

constexpr TaskSet task_bit(unsigned t) {
  return TaskSet{1} << t;
}
// Tasks 0 .. n-1.
constexpr TaskSet tasks_below(unsigned n) {
  return task_bit(n) - 1;
}
constexpr bool has_task(TaskSet set, unsigned t) {
  return (set >> t & 1U) != 0;
}
constexpr bool has_one_task(TaskSet set) {
  return set != 0 && (set & (set - 1)) == 0;
}
constexpr unsigned count_tasks(TaskSet set) {
  if constexpr (sizeof(TaskSet) == 4)
    return static_cast<unsigned>(std::popcount(static_cast<std::uint32_t>(set)));
  else
    return static_cast<unsigned>(std::popcount(static_cast<std::uint64_t>(set)) +
                                 std::popcount(static_cast<std::uint64_t>(set >> 63 >> 1)));
}
// The lowest of `set`, which is not empty.
constexpr unsigned first_task(TaskSet set) {
  if constexpr (sizeof(TaskSet) == 4) {
    return static_cast<unsigned>(std::countr_zero(static_cast<std::uint32_t>(set)));
  } else {
    const auto low = static_cast<std::uint64_t>(set);
    return static_cast<unsigned>(
        low != 0 ? std::countr_zero(low)
                 : 64 + std::countr_zero(static_cast<std::uint64_t>(set >> 63 >> 1)));
  }
}

}  // namespace rw::sync

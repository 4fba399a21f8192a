// Sets of tasks, as the scheduler uses them, for whatever number of tasks this build has.
#include "fuzz/sync/tasks.h"

#include <gtest/gtest.h>

#include <vector>

#include "fuzz/schedule/make.h"

namespace {

using namespace rw::sync;

std::vector<unsigned> some_tasks() {
  return {0, 3, 5, kMaxTasks - 1};
}

TEST(TaskSet, HasTheTasksThatWereAdded) {
  TaskSet set = 0;
  for (const unsigned t : some_tasks()) set |= task_bit(t);
  EXPECT_EQ(count_tasks(set), 4U);
  for (unsigned t = 0; t < kMaxTasks; ++t)
    EXPECT_EQ(has_task(set, t), t == 0 || t == 3 || t == 5 || t == kMaxTasks - 1) << t;
  EXPECT_EQ(count_tasks(tasks_below(kMaxTasks)), kMaxTasks);
  EXPECT_EQ(count_tasks(tasks_below(0)), 0U);
}

TEST(TaskSet, FirstAndOnlyTask) {
  for (unsigned t = 0; t < kMaxTasks; ++t) {
    EXPECT_EQ(first_task(task_bit(t)), t);
    EXPECT_TRUE(has_one_task(task_bit(t)));
    if (t > 0) EXPECT_FALSE(has_one_task(task_bit(t) | 1U));
  }
  EXPECT_FALSE(has_one_task(0));
}

TEST(TaskSet, TheNthTaskIsTheNthFromBelow) {
  TaskSet set = 0;
  for (const unsigned t : some_tasks()) set |= task_bit(t);
  for (unsigned n = 0; n < some_tasks().size(); ++n)
    EXPECT_EQ(rw::schedule::nth_task(set, n), some_tasks()[n]);
}

}  // namespace

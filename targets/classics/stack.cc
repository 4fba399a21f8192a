// stack: a flag says that something was pushed, and nobody takes it back.
//
//   1  T1 pushes once and sets the flag
//   2  T2 pops; the flag stands still
//   3  T2 pops again, from an empty stack
//
// Fix: look at the stack, not at the flag.
// Source: SCTBench "CS/stack": ten pushes, ten pops.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

constexpr int kSize = 10;

struct Stack {
  mutex lock;
  plain_int pushed{0};  // the flag
  plain_int top{0};
  plain_int element[kSize] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
};

Stack* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Stack, "stack", lock, pushed, top, element)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<Stack>();
  s_planted = planted;
}

const char* push_all() {
  for (int i = 0; i < kSize; ++i) {
    s->lock.lock();
    const int top = s->top.load();
    if (top < kSize) {
      s->element[top].store(i);
      s->top.store(top + 1);
      s->pushed.store(1);
    }
    s->lock.unlock();
  }
  return nullptr;
}

void pop() {
  const int top = s->top.load();
  require(top > 0, "stack.top", "a pop from an empty stack");
  s->top.store(top - 1);
  s->element[top - 1].load();
}

const char* pop_all() {
  for (int i = 0; i < kSize; ++i) {
    s->lock.lock();
    if (s_planted ? s->pushed.load() != 0 : s->top.load() > 0) pop();
    s->lock.unlock();
  }
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "stack", .teams = {{1, 0}, {1, 1}}, .best = {"QL", 1}, .budget = 500},
};

}  // namespace

constinit const Classic stack = {
    .name = "stack",
    .kinds = {"invariant"},
    .what = "a flag that is set by the first push stands for all pops",
    .fix = "a pop looks whether the stack is empty",
    .source = "SCTBench CS/stack (Thomson, Donaldson, Betts, PPoPP 2014)",
    .begin = begin,
    .roles = {push_all, pop_all},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics

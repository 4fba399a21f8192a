// treiber_stack: the ABA problem, in the stack that gave it its fame.
//
//   1  T1 pops: reads the top, A, and what is below it, B
//   2  T2 pops A, pops B, and pushes A back; B is in use
//   3  T1's compare-and-exchange finds A on top and makes B the top
//   4  B is popped although it is in use
//
// Fix: the top carries a tag that every pop increments.
// Source: R. K. Treiber, "Systems Programming: Coping with Parallelism", IBM RJ 5118, 1986; the
// problem: IBM System/370 Extended Architecture, Principles of Operation, 1983.
#include "targets/classics/classic.h"

namespace rw::classics {
namespace {

constexpr std::uint32_t kNodes = 3;  // numbered from 1; 0 is the end

struct TreiberStack {
  sync::atomic<std::uint64_t> top{1};  // node in the low half, tag in the high one
  sync::atomic<std::uint32_t> below[kNodes + 1] = {0, 2, 3, 0};
  sync::ghost<std::uint32_t> in_use[kNodes + 1];
};

TreiberStack* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::TreiberStack, "treiber_stack", top, below)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<TreiberStack>();
  s_planted = planted;
}

std::uint64_t with_node(std::uint64_t top, std::uint32_t node, std::uint32_t tag_step) {
  const std::uint64_t tag = (top >> 32) + (s_planted ? 0 : tag_step);
  return tag << 32 | node;
}

// Returns a node for the caller alone, or 0 if the stack is empty.
std::uint32_t pop() {
  std::uint64_t top = s->top.load();
  for (;;) {
    const auto node = static_cast<std::uint32_t>(top);
    if (node == 0) return 0;
    const std::uint32_t below = s->below[node].load();
    if (!s->top.compare_exchange_strong(top, with_node(top, below, 1))) continue;
    require(s->in_use[node].add(1) == 1, "treiber_stack.top", "a node is popped that is in use");
    return node;
  }
}

void push(std::uint32_t node) {
  s->in_use[node].add(-1U);
  std::uint64_t top = s->top.load();
  do {
    s->below[node].store(static_cast<std::uint32_t>(top));
  } while (!s->top.compare_exchange_strong(top, with_node(top, node, 0)));
}

const char* pop_and_push() {
  const std::uint32_t node = pop();
  if (node == 0) return "the stack is empty";
  push(node);
  return nullptr;
}

const char* pop_two_keep_one() {
  const std::uint32_t first = pop();
  if (first == 0) return "the stack is empty";
  pop();  // stays in use
  push(first);
  return nullptr;
}

const char* pop_one() {
  return pop() == 0 ? "the stack is empty" : nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "treiber_stack", .teams = {{1, 0}, {1, 1}, {1, 2}}, .best = {}, .budget = 10'000},
};

}  // namespace

constinit const Classic treiber_stack = {
    .name = "treiber_stack",
    .kinds = {"invariant"},
    .what = "a lock-free stack's top cannot tell that it changed twice in between (ABA)",
    .fix = "the top carries a tag",
    .source = "Treiber, IBM RJ 5118, 1986; IBM System/370-XA Principles of Operation, 1983",
    .begin = begin,
    .roles = {pop_and_push, pop_two_keep_one, pop_one},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics

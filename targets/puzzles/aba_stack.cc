// aba_stack: a Treiber stack whose nodes return at once, and a compare-and-exchange that cannot
// tell.
//
//   1  T0 pops: reads top = A and A.next = B
//   2  T1 pops A, pops B, pushes A back; B stays in use
//   3  T0's compare-and-exchange finds A on top again and makes B the top
//   4  B is on the stack and in use; the stack loses a node or becomes a ring
//
// Fix: the top carries a tag that every pop increments. Shows as invariant within 2,500 executions;
// shrinks to 2 tasks, 2 ops, 3 switches.
// Source: IBM System/370 Extended Architecture, Principles of Operation (1983), compare double and
// swap; R. K. Treiber, RJ 5118 (1986).
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

constexpr std::uint32_t kNodes = 3;  // numbered from 1; 0 is the end

struct AbaStack {
  sync::atomic<std::uint64_t> top{1};  // node in the low half, tag in the high one
  sync::atomic<std::uint32_t> next[kNodes + 1] = {0, 2, 3, 0};
  sync::ghost<std::uint32_t> in_use[kNodes + 1];
};

AbaStack* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::AbaStack, "aba_stack", top, next)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<AbaStack>();
  s_planted = planted;
}

std::uint32_t node_of(std::uint64_t top) {
  return static_cast<std::uint32_t>(top);
}
std::uint64_t with_node(std::uint64_t top, std::uint32_t node, std::uint32_t tag_step) {
  const std::uint64_t tag = (top >> 32) + (s_planted ? 0 : tag_step);
  return tag << 32 | node;
}

[[noreturn]] void fail_corrupt(std::uint32_t node) {
  sync::fail("invariant", {"aba_stack.top"},
             fmt::format("node {} is on the stack and in use", node));
}

// Returns a node for the caller alone, or 0 if the stack is empty.
std::uint32_t pop() {
  std::uint64_t top = s->top.load();
  for (;;) {
    const std::uint32_t node = node_of(top);
    if (node == 0) return 0;
    const std::uint32_t next = s->next[node].load();
    if (!s->top.compare_exchange_strong(top, with_node(top, next, 1))) continue;
    if (s->in_use[node].add(1) != 1) fail_corrupt(node);
    return node;
  }
}

void push(std::uint32_t node) {
  s->in_use[node].add(-1U);
  std::uint64_t top = s->top.load();
  do {
    s->next[node].store(node_of(top));
  } while (!s->top.compare_exchange_strong(top, with_node(top, node, 0)));
}

const char* pop_two_swap() {
  const std::uint32_t first = pop();
  if (first == 0) return "the stack is empty";
  const std::uint32_t second = pop();
  push(first);
  if (second != 0) push(second);
  return nullptr;
}

// Every node is on the stack once.
void finish() {
  std::uint32_t node = node_of(s->top.load());
  for (std::uint32_t n = 0; n < kNodes; ++n) {
    if (node == 0 || s->in_use[node].add(1) != 1) fail_corrupt(node);
    node = s->next[node].load();
  }
  if (node != 0) fail_corrupt(node);
}

}  // namespace

constinit const Puzzle aba_stack = {
    .name = "aba_stack",
    .kind = "invariant",
    .what = "a lock-free stack's top cannot tell that it changed twice in between",
    .fix = "the top carries a tag that every pop increments",
    .begin = begin,
    .roles = {pop_two_swap},
    .finish = finish,
    .tasks = 2,
    .budget = 2'500,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 3},
};

}  // namespace rw::puzzles

// michael_scott: a lock-free queue that frees the node it takes from the front.
//
//   1  T1 dequeues: reads the front node, and is about to read what comes behind it
//   2  T2 dequeues as well, moves the front on and frees that node
//   3  T1 reads the freed node's link
//
// Fix: a node is freed after a grace period. (The authors keep nodes in a free list of their own
// and count their uses.) Source: Michael and Scott, "Simple, Fast, and Practical Non-Blocking and
// Blocking Concurrent Queue Algorithms", PODC 1996.
#include "targets/classics/classic.h"
#include "targets/kernel/kernel.h"

namespace rw::classics {
namespace {

struct Node {
  kernel::rcu_head rcu;  // first: the callback gets its address
  sync::atomic<Node*> next;
  sync::atomic<int> value;
};

struct MichaelScott {
  sync::atomic<Node*> head{nullptr};
  sync::atomic<Node*> tail{nullptr};
};

MichaelScott* s;
kernel::kmem_cache* s_cache;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Node, "node", rcu, next, value)
RW_TYPE_NAMED(rw::classics::MichaelScott, "michael_scott", head, tail)

namespace rw::classics {
namespace {

Node* new_node(int value) {
  Node* node = kernel::kmem_cache_alloc<Node>(s_cache, kernel::GFP_ATOMIC);
  if (node == nullptr) return nullptr;
  node->next.store(nullptr, sync::order::relaxed);
  node->value.store(value, sync::order::relaxed);
  return node;
}

void free_node(kernel::rcu_head* head) {
  kernel::kmem_cache_free(s_cache, reinterpret_cast<Node*>(head));
}

void put_behind(Node* node) {
  for (;;) {
    Node* tail = s->tail.load();
    Node* next = tail->next.load();
    if (next != nullptr) {  // somebody is half done: help
      s->tail.compare_exchange_strong(tail, next);
      continue;
    }
    if (!tail->next.compare_exchange_strong(next, node)) continue;
    s->tail.compare_exchange_strong(tail, node);
    return;
  }
}

void begin(bool planted) {
  s = sync::make<MichaelScott>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<Node>();
  Node* dummy = new_node(0);
  s->head.store(dummy);
  s->tail.store(dummy);
  put_behind(new_node(1));
  put_behind(new_node(2));
}

const char* enqueue() {
  Node* node = new_node(3);
  if (node == nullptr) return "no memory";
  kernel::rcu_read_lock();
  put_behind(node);
  kernel::rcu_read_unlock();
  return nullptr;
}

// Takes the first element off. Returns the node that was in front of it, or null if there is none.
Node* take() {
  for (;;) {
    Node* head = s->head.load();
    Node* tail = s->tail.load();
    Node* next = head->next.load();
    if (head != s->head.load()) continue;
    if (next == nullptr) return nullptr;
    if (head == tail) {
      s->tail.compare_exchange_strong(tail, next);
      continue;
    }
    next->value.load();
    if (s->head.compare_exchange_strong(head, next)) return head;
  }
}

const char* dequeue() {
  kernel::rcu_read_lock();
  Node* old = take();
  kernel::rcu_read_unlock();
  if (old == nullptr) return "the queue is empty";
  if (s_planted)
    free_node(&old->rcu);
  else
    kernel::call_rcu(&old->rcu, free_node);
  return nullptr;
}

void finish() {
  while (dequeue() == nullptr) {
  }
  free_node(&s->head.load()->rcu);
  kernel::rcu_barrier();
}

constexpr Program kPrograms[] = {
    {.name = "michael_scott", .teams = {{1, 0}, {2, 1}}, .best = {}, .budget = 1'000},
};

}  // namespace

constinit const Classic michael_scott = {
    .name = "michael_scott",
    .kinds = {"use-after-free"},
    .what = "a lock-free queue frees the node that others may stand on",
    .fix = "it is freed after a grace period",
    .source = "Michael, Scott, PODC 1996",
    .begin = begin,
    .roles = {enqueue, dequeue},
    .finish = finish,
    .programs = kPrograms,
};

}  // namespace rw::classics

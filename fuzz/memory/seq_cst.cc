#include "fuzz/memory/seq_cst.h"

#include <algorithm>
#include <iterator>

#include "fuzz/sync/check.h"

namespace rw::memory {

namespace {

// Reads of one message come behind its write, before the next one, and are not ordered. A
// read-modify-write stands where it writes: what is ordered by its reading is ordered by that, too.
std::uint64_t place_of(std::uint64_t time, bool writes) {
  return 2 * time + (writes ? 0 : 1);
}

}  // namespace

void SeqCstOrder::clear() {
  used_ = 0;
  accesses_.clear();
  cyclic_ = false;
}

void SeqCstOrder::access(const Event& e, std::uint32_t word, std::uint64_t time, bool writes) {
  Access now{.word = word, .place = place_of(time, writes), .task = e.task, .number = e.number};
  if (e.seq_cst) now.node = new_operation(e, false);
  std::fill(std::begin(now.fences_before), std::end(now.fences_before), kNone);
  for (Node n = 0; n < used_; ++n) {
    const Operation& o = operations_[n];
    if (o.is_fence && o.number <= e.before[o.task]) now.fences_before[o.task] = n;
  }
  for (const Access& other : accesses_) {
    if (other.word != word) continue;
    if (other.place < now.place) ordered(other, now);
    if (now.place < other.place) ordered(now, other);
  }
  accesses_.push_back(now);
}

void SeqCstOrder::fence(const Event& e) {
  const Node node = new_operation(e, true);
  // Whatever is coherence-ordered before an access that happens before the fence.
  newest_.clear();
  for (const Access& a : accesses_) {
    if (a.number > e.before[a.task]) continue;
    if (a.word >= newest_.size()) newest_.resize(a.word + 1);
    newest_[a.word] = std::max(newest_[a.word], a.place);
  }
  for (const Access& a : accesses_)
    if (a.word < newest_.size() && a.place < newest_[a.word]) add_from(a, node);
}

// A node for `e`, behind all seq_cst operations that strongly happen before it: those of its task,
// and those with a later operation of their task that happens before something before `e` in its
// own. (What a seq_cst operation learns by reading is a matter of coherence.)
SeqCstOrder::Node SeqCstOrder::new_operation(const Event& e, bool is_fence) {
  const Node node = used_++;
  if (used_ > operations_.size()) operations_.emplace_back();
  Operation& o = operations_[node];
  o.task = e.task;
  o.number = e.number;
  o.is_fence = is_fence;
  o.before = e.before;
  o.later.clear();
  o.visit = 0;
  // Of each task the last one: it has the others before it.
  Node last[kMaxTasks];
  std::fill(std::begin(last), std::end(last), kNone);
  for (Node n = 0; n < node; ++n) {
    const Operation& other = operations_[n];
    if (other.task == e.task || other.number < e.sequenced[other.task]) last[other.task] = n;
  }
  for (const Node n : last)
    if (n != kNone) add(n, node);
  return node;
}

void SeqCstOrder::ordered(const Access& first, const Access& second) {
  if (second.node != kNone) add_from(first, second.node);
  for (Node n = 0; n < used_; ++n) {
    const Operation& o = operations_[n];
    if (o.is_fence && second.number <= o.before[second.task]) add_from(first, n);
  }
}

void SeqCstOrder::add_from(const Access& a, Node to) {
  if (a.node != kNone) add(a.node, to);
  for (const Node fence : a.fences_before)
    if (fence != kNone) add(fence, to);
}

void SeqCstOrder::add(Node from, Node to) {
  std::vector<Node>& later = operations_[from].later;
  // An edge to the newest operation can only be the last one.
  const bool known = to + 1 == used_ ? !later.empty() && later.back() == to
                                     : std::find(later.begin(), later.end(), to) != later.end();
  if (known) return;
  if (reaches(to, from)) cyclic_ = true;
  later.push_back(to);
}

bool SeqCstOrder::reaches(Node from, Node to) {
  ++visits_;
  if (visits_ == 0) {  // it has gone round: no old mark may look like a new one
    for (Operation& o : operations_) o.visit = 0;
    visits_ = 1;
  }
  to_visit_.assign(1, from);
  while (!to_visit_.empty()) {
    const Node n = to_visit_.back();
    to_visit_.pop_back();
    if (n == to) return true;
    Operation& o = operations_[n];
    if (o.visit == visits_) continue;
    o.visit = visits_;
    to_visit_.insert(to_visit_.end(), o.later.begin(), o.later.end());
  }
  return false;
}

}  // namespace rw::memory

// The history of a word under a weak memory model: its messages, in modification order.
//
// Each store leaves a message, with a time that says where it stands among the others; a view says,
// word by word, from which time on its owner may read. (Kang, Hur, Lahav, Vafeiadis, Dreyer, POPL
// 2017, whose names these are.)
//
// Promises: a message may be put before others, as many as there are; the memory of messages that
// are forgotten is used again, so that an execution allocates nothing once a longer one has run.
// Leaves out: who may read and store where (weak.h).
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "fuzz/memory/clock.h"
#include "fuzz/sync/check.h"

namespace rw::memory::weak {

// A place in one word's modification order. Stores at the end leave gaps for those before them. 32
// bits: views are joined all the time.
using Time = std::uint32_t;

// Room for ten stores, each before the one before, until the word's times are spread anew (spread);
// and for four million at the end, a hundred for each step of an execution that ends as a livelock.
inline constexpr Time kGap = Time{1} << 10;
inline constexpr Time kFirst = kGap;  // of a word's first message
static_assert(kGap > 1);

class View {
 public:
  Time at(std::uint32_t word) const { return word < times_.size() ? times_[word] : 0; }
  void raise(std::uint32_t word, Time time) {
    if (word >= times_.size()) [[unlikely]]
      times_.resize((word | 7U) + 1);  // seldom, and whole vectors to join
    if (times_[word] < time) times_[word] = time;
  }
  void join(const View& other) {
    if (!other.times_.empty()) join_all(other);
  }
  // `other` has all that this one has.
  bool within(const View& other) const { return times_.empty() || all_within(other); }
  void clear() { times_.clear(); }
  // The word's times have changed.
  template <typename New>
  void renew(std::uint32_t word, const New& new_time) {
    if (word < times_.size()) times_[word] = new_time(times_[word]);
  }

 private:
  void join_all(const View& other);
  bool all_within(const View& other) const;

  std::vector<Time> times_;  // by number of the word
};

inline constexpr std::uint8_t kNobody = 0xff;

struct Message {
  Time time = 0;
  std::uint64_t value = 0;
  bool taken = false;  // a read-modify-write read it: nothing comes between them
  // A task whose current view has all that `view` has: nothing for it to learn here.
  std::uint8_t known_to = kNobody;
  std::uint8_t writer = kNobody;  // by the kernel's rules, as `propagated` and `before`
  std::uint32_t serial = 0;       // of the execution's messages, from 1
  View view;                      // what who acquires it learns, besides the message itself
  View propagated;                // by the kernel's rules: what all CPUs have when this can be read
  // The happens-before part of the same, for the race detector; as in Location.
  bool has_message = false;
  Clock message{};
  Clock before{};  // how many operations of each task come before the store (load_order.h)
};

// A word with more messages than this is looked through for those that nobody can read any more;
// and again when it has got a few more.
inline constexpr std::uint32_t kPruneFrom = 8;
inline constexpr std::uint32_t kPruneEvery = 4;

// One word, or an object that order_release and order_acquire name.
struct Word {
  std::uint32_t number = 0;
  std::uint32_t count = 0;  // of messages
  std::uint32_t first = 0;  // of them in `room`, whose others are kept for their memory
  std::uint32_t open = 0;   // how many of them no read-modify-write has taken
  std::uint32_t prune_from = kPruneFrom;
  std::vector<Message> room;
  View edge;  // of order_release
  View edge_propagated;
  Clock before_edge{};

  Message& message(std::uint32_t index) { return room[first + index]; }
  const Message& message(std::uint32_t index) const { return room[first + index]; }
  const Message& newest() const { return room[first + count - 1]; }
};

// Whether there is a time between message `index` and the next one.
inline bool has_gap(const Word& w, std::uint32_t index) {
  return w.message(index + 1).time - w.message(index).time > 1;
}

// A word without messages, in the memory of an old one.
inline void begin_history(Word& w, std::uint32_t number) {
  w.number = number;
  w.count = w.first = w.open = 0;
  w.prune_from = kPruneFrom;
  w.edge.clear();
  w.edge_propagated.clear();
  w.before_edge = Clock{};
}

// The new times of a word's messages where they had run out: as far apart as at first. Those of
// messages that are forgotten stay.
class Spread {
 public:
  // Gives the messages their new times.
  explicit Spread(Word& w);
  // What has become of a time of the word.
  Time operator()(Time time) const;

 private:
  std::vector<Time> old_;  // of the messages
};

// The messages before the newest one that stands at `time` or earlier are forgotten.
void forget_before(Word& w, Time time);

inline void begin(Message& m, Time time, std::uint64_t value, std::uint32_t serial) {
  m.time = time;
  m.value = value;
  m.taken = false;
  m.known_to = kNobody;
  m.serial = serial;
  m.view.clear();
  m.propagated.clear();
  m.has_message = false;
}

// Room for one more message as number `at`, when there is none.
void make_room(Word& w, std::uint32_t at);

// A new message, the newest of the word, with a time of its own and nothing to learn from it.
// Inline: each store makes one.
[[gnu::always_inline]] inline Message& append(Word& w, std::uint64_t value, std::uint32_t serial) {
  Time time = kFirst;
  if (w.count != 0) {
    RW_CHECK(w.newest().time <= std::numeric_limits<Time>::max() - kGap,
             "a word has four million stores");
    time = w.newest().time + kGap;
  }
  if (w.first + w.count == w.room.size()) [[unlikely]]
    make_room(w, w.count);
  ++w.count;
  ++w.open;
  Message& m = w.message(w.count - 1);
  begin(m, time, value, serial);
  return m;
}

// The same between message `index` and the next one, where there is a gap.
Message& insert(Word& w, std::uint32_t index, std::uint64_t value, std::uint32_t serial);

}  // namespace rw::memory::weak

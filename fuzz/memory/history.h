// The history of a word under a weak memory model: its messages, in modification order.
//
// Each store leaves a message, with a time that says where it stands among the others; a view says,
// word by word, from which time on its owner may read. (Kang, Hur, Lahav, Vafeiadis, Dreyer, POPL
// 2017, whose names these are.)
//
// Promises: a message may be put before others, between which its time finds room; the memory of
// messages that are forgotten is used again, so that an execution allocates nothing once a longer
// one has run.
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

inline constexpr Time kFirst = Time{1} << 14;  // of a word's first message
// Room for 14 stores, each before the one before; and for 262,000 at the end, some six for each
// step of an execution that ends as a livelock.
inline constexpr Time kGap = Time{1} << 14;

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
  void clear() { times_.clear(); }

 private:
  void join_all(const View& other);

  std::vector<Time> times_;  // by number of the word
};

inline constexpr std::uint8_t kNobody = 0xff;

struct Message {
  Time time = 0;
  std::uint64_t value = 0;
  bool taken = false;  // a read-modify-write read it: nothing comes between them
  // A task whose current view has all that `view` has: nothing for it to learn here.
  std::uint8_t known_to = kNobody;
  std::uint32_t serial = 0;  // of the execution's messages, from 1
  View view;                 // what who acquires it learns, besides the message itself
  View propagated;           // by the kernel's rules: what all CPUs have when this can be read
  // The happens-before part of the same, for the race detector; as in Location.
  bool has_message = false;
  Clock message{};
};

// One word, or an object that order_release and order_acquire name.
struct Word {
  std::uint32_t number = 0;
  std::uint32_t count = 0;  // of messages
  std::uint32_t first = 0;  // of them in `room`, whose others are kept for their memory
  std::uint32_t open = 0;   // how many of them no read-modify-write has taken
  std::vector<Message> room;
  View edge;  // of order_release

  Message& message(std::uint32_t index) { return room[first + index]; }
  const Message& message(std::uint32_t index) const { return room[first + index]; }
  const Message& newest() const { return room[first + count - 1]; }
};

// Whether another message may come directly behind number `index`.
inline bool has_room(const Word& w, std::uint32_t index) {
  const Message& m = w.message(index);
  if (m.taken) return false;
  return index + 1 == w.count || w.message(index + 1).time - m.time > 1;
}

// A word without messages, in the memory of an old one.
inline void begin_history(Word& w, std::uint32_t number) {
  w.number = number;
  w.count = w.first = w.open = 0;
  w.edge.clear();
}

// The messages before the newest one that stands at `time` or earlier are forgotten.
void forget_before(Word& w, Time time);

// Room for one more message as number `at`, when there is none.
void make_room(Word& w, std::uint32_t at);

// A new message behind number `index`, or the first one of all, with a time of its own and nothing
// to learn from it. Inline: each store makes one.
[[gnu::always_inline]] inline Message& insert(Word& w, std::uint32_t index, std::uint64_t value,
                                              std::uint32_t serial) {
  Time time = kFirst;
  std::uint32_t at = 0;
  if (w.count != 0) {
    const Time before = w.message(index).time;
    at = index + 1;
    if (at == w.count) {
      RW_CHECK(before <= std::numeric_limits<Time>::max() - kGap, "a word has 262,000 stores");
      time = before + kGap;
    } else {
      time = before + (w.message(at).time - before) / 2;
    }
  }
  if (at != w.count || w.first + w.count == w.room.size()) [[unlikely]]
    make_room(w, at);
  ++w.count;
  ++w.open;
  Message& m = w.message(at);
  m.time = time;
  m.value = value;
  m.taken = false;
  m.known_to = kNobody;
  m.serial = serial;
  m.view.clear();
  m.propagated.clear();
  m.has_message = false;
  return m;
}

}  // namespace rw::memory::weak

// circular_buffer: sender and receiver take turns, and count turns that they did not take.
//
//   1  T1 sends 0 and passes the turn
//   2  T1 is first at the lock again, sees that it is not its turn, and counts 1 as sent
//   3  T2 receives 0; T1 sends 2; T2 expects 1
//
// Fix: only what was sent or received is counted.
// Source: SCTBench "CS/circular_buffer": ten places, seven elements.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

constexpr int kPlaces = 10;
constexpr int kElements = 7;

struct CircularBuffer {
  mutex lock;
  plain_int senders_turn{1};
  plain_int buffer[kPlaces] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  plain_int first{0};
  plain_int next{0};
  plain_int sent{0};      // the fixed twin's counts
  plain_int received{0};  //
};

CircularBuffer* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::CircularBuffer, "circular_buffer", lock, senders_turn, buffer, first,
              next, sent, received)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<CircularBuffer>();
  s_planted = planted;
}

// The number of the element whose turn it is: the loop's, or how many there were.
int number_of(int turn, plain_int& count) {
  if (s_planted) return turn;
  const int number = count.load();
  count.store(number + 1);
  return number;
}

void insert(int element) {
  const int place = s->next.load();
  s->buffer[place].store(element);
  s->next.store((place + 1) % kPlaces);
}

int remove() {
  const int place = s->first.load();
  s->first.store((place + 1) % kPlaces);
  return s->buffer[place].load();
}

const char* send() {
  for (int turn = 0; turn < kElements; ++turn) {
    s->lock.lock();
    if (s->senders_turn.load() != 0) {
      insert(number_of(turn, s->sent));
      s->senders_turn.store(0);
    }
    s->lock.unlock();
  }
  return nullptr;
}

const char* receive() {
  for (int turn = 0; turn < kElements; ++turn) {
    s->lock.lock();
    if (s->senders_turn.load() == 0) {
      require(remove() == number_of(turn, s->received), "circular_buffer.buffer",
              "an element comes out of order");
      s->senders_turn.store(1);
    }
    s->lock.unlock();
  }
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "circular_buffer", .teams = {{1, 0}, {1, 1}}, .best = {"RFF", 2}, .budget = 200},
};

}  // namespace

constinit const Classic circular_buffer = {
    .name = "circular_buffer",
    .kinds = {"invariant"},
    .what = "sender and receiver count turns at which they did nothing",
    .fix = "they count what they sent and received",
    .source = "SCTBench CS/circular_buffer (Thomson, Donaldson, Betts, PPoPP 2014)",
    .begin = begin,
    .roles = {send, receive},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics

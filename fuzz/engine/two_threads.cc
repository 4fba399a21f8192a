#include "fuzz/engine/two_threads.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace rw::engine {

std::string two_threads() {
  constexpr unsigned kTurns = 200;
  std::mutex lock;
  std::condition_variable turn;
  unsigned count = 0;
  // They block in the kernel: spinning hand-offs take a recorder with one core a second each.
  const auto play = [&](unsigned parity) {
    std::unique_lock held(lock);
    while (count < kTurns) {
      if (count % 2 == parity) {
        ++count;
        turn.notify_one();
      } else {
        turn.wait(held);
      }
    }
    turn.notify_one();
  };
  std::thread other(play, 1);
  play(0);
  other.join();
  return fmt::format("two threads counted to {}", count);
}

}  // namespace rw::engine

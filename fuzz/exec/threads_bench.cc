// What the seam costs on real threads: one program through it, and the same on bare std::atomic.
// Compare the two rows of one run; the aim is a factor of at most 2 under ThreadSanitizer.
#include <benchmark/benchmark.h>

#include <atomic>
#include <thread>

#include "fuzz/exec/execution.h"
#include "fuzz/sync/sync.h"

namespace {

constexpr int kRounds = 20'000;  // per task: starting a task does not count then

// Each task works on words of its own and hands a value to its neighbour now and then.
struct alignas(64) Mailbox {
  rw::sync::atomic<std::uint32_t> count{0};
  rw::sync::atomic<std::uint32_t> flag{0};
  rw::sync::cell<std::uint32_t> data{0};
};
struct World {
  Mailbox box[2];
};

struct alignas(64) BareMailbox {
  std::atomic<std::uint32_t> count{0};
  std::atomic<std::uint32_t> flag{0};
  std::uint32_t data{0};
};

}  // namespace

RW_TYPE_NAMED(World, "world", box)

namespace {

using namespace rw;
using sync::order;

struct ThroughTheSeam : exec::Workload {
  World* w = nullptr;
  unsigned task_count() const override { return 2; }
  void setup() override { w = sync::make<World>(); }
  void task(unsigned t) override {
    Mailbox& mine = w->box[t];
    Mailbox& other = w->box[1 - t];
    for (int i = 0; i < kRounds; ++i) {
      mine.count.fetch_add(1, order::relaxed);
      if (mine.flag.load(order::acquire) == 0) {
        mine.data.set(static_cast<std::uint32_t>(i));
        mine.flag.store(1, order::release);
      }
      if (i % 64 == 0 && other.flag.load(order::acquire) == 1) {
        benchmark::DoNotOptimize(other.data.get());
        other.flag.store(0, order::release);
      }
    }
  }
};

void bare_task(BareMailbox* box, unsigned t) {
  BareMailbox& mine = box[t];
  BareMailbox& other = box[1 - t];
  for (int i = 0; i < kRounds; ++i) {
    mine.count.fetch_add(1, std::memory_order_relaxed);
    if (mine.flag.load(std::memory_order_acquire) == 0) {
      mine.data = static_cast<std::uint32_t>(i);
      mine.flag.store(1, std::memory_order_release);
    }
    if (i % 64 == 0 && other.flag.load(std::memory_order_acquire) == 1) {
      benchmark::DoNotOptimize(other.data);
      other.flag.store(0, std::memory_order_release);
    }
  }
}

void seam(benchmark::State& state) {
  ThroughTheSeam program;
  exec::Settings settings;
  settings.mode = exec::Mode::threads;
  for ([[maybe_unused]] auto _ : state) {
    const auto r = exec::run(program, settings, nullptr);
    if (r.failure) state.SkipWithError(r.failure->message.c_str());
  }
}

void bare(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    BareMailbox box[2];
    std::thread other(bare_task, box, 1U);
    bare_task(box, 0);
    other.join();
  }
}

BENCHMARK(seam)->Name("threads/seam")->UseRealTime();
BENCHMARK(bare)->Name("threads/bare")->UseRealTime();

}  // namespace

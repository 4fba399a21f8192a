// Speed of steered executions on the programs that peers are measured with: MPC (message passing
// and a counter) and TRE (a Treiber stack), 3 tasks each; on an empty program; and how the cost of
// a step grows with tasks and operations.
#include <benchmark/benchmark.h>

#include "fuzz/exec/execution.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/sync/check.h"
#include "fuzz/sync/sync.h"

namespace {

struct Message {
  rw::sync::atomic<int> counter{0};
  rw::sync::atomic<int> flag{0};
  rw::sync::cell<int> data{0};
};

struct Stack {
  rw::sync::atomic<int> head{0};  // index + 1; 0: empty
  rw::sync::cell<int> value[4];
  rw::sync::atomic<int> next[4];
};

}  // namespace

RW_TYPE_NAMED(Message, "message", counter, flag, data)
RW_TYPE_NAMED(Stack, "stack", head, value, next)

namespace {

using namespace rw;
using sync::order;

constexpr int kIncrements = 4;

struct Mpc : exec::Workload {
  Message* m = nullptr;
  unsigned task_count() const override { return 3; }
  void setup() override { m = sync::make<Message>(); }
  void count() {
    for (int i = 0; i < kIncrements; ++i) m->counter.fetch_add(1, order::relaxed);
  }
  void task(unsigned t) override {
    count();
    if (t == 0) {
      m->data.set(1);
      m->flag.store(1, order::release);
    } else if (m->flag.load(order::acquire) != 0) {
      benchmark::DoNotOptimize(m->data.get());
    }
    count();
  }
};

struct Tre : exec::Workload {
  Stack* s = nullptr;
  unsigned task_count() const override { return 3; }
  void setup() override { s = sync::make<Stack>(); }
  void push(int node) {
    s->value[node].set(node);
    int head = s->head.load(order::relaxed);
    do {
      s->next[node].store(head, order::relaxed);
    } while (!s->head.compare_exchange_strong(head, node + 1, order::release, order::relaxed));
  }
  void pop() {
    int head = s->head.load(order::acquire);
    while (head != 0) {
      const int next = s->next[head - 1].load(order::relaxed);
      if (s->head.compare_exchange_strong(head, next, order::acq_rel, order::acquire)) break;
    }
    if (head != 0) benchmark::DoNotOptimize(s->value[head - 1].get());
  }
  void task(unsigned t) override {
    push(static_cast<int>(t));
    pop();
  }
};

struct Empty : exec::Workload {
  unsigned task_count() const override { return 3; }
  void task(unsigned) override {}
};

// Each task stores to and loads from one word in turn, relaxed: under weak memory nothing is known
// of the others' stores but by reading them.
struct Turns : exec::Workload {
  Message* m = nullptr;
  unsigned tasks;
  unsigned ops;
  Turns(unsigned task_count, unsigned op_count) : tasks(task_count), ops(op_count) {}
  unsigned task_count() const override { return tasks; }
  void setup() override { m = sync::make<Message>(); }
  void task(unsigned) override {
    for (unsigned i = 0; i < ops; ++i) {
      m->counter.store(static_cast<int>(i), order::relaxed);
      benchmark::DoNotOptimize(m->counter.load(order::relaxed));
    }
  }
};

void measure(benchmark::State& state, exec::Workload& program, const char* strategy,
             exec::Memory memory) {
  const schedule::StrategyInfo* info = nullptr;
  for (const auto& candidate : schedule::strategies())
    if (std::string_view(candidate.name) == strategy) info = &candidate;
  RW_CHECK(info != nullptr, "no such strategy");
  exec::Settings settings;
  settings.memory = memory;
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;
  for ([[maybe_unused]] auto _ : state) {
    const auto s = info->make({.seed = seed++});
    const auto r = exec::run(program, settings, s.get());
    if (r.failure) state.SkipWithError(r.failure->message.c_str());
    steps += r.steps;
  }
  state.counters["executions/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
  state.counters["steps/s"] =
      benchmark::Counter(static_cast<double>(steps), benchmark::Counter::kIsRate);
  state.counters["steps/execution"] =
      static_cast<double>(steps) / static_cast<double>(state.iterations());
}

template <typename Program>
void steered(benchmark::State& state, const char* strategy, exec::Memory memory) {
  Program program;
  measure(state, program, strategy, memory);
}

// The first argument is the number of tasks, the second of pairs of a store and a load of each.
void grown(benchmark::State& state, exec::Memory memory) {
  Turns program(static_cast<unsigned>(state.range(0)), static_cast<unsigned>(state.range(1)));
  measure(state, program, "random", memory);
}

[[maybe_unused]] const int kRegistered = [] {
  using exec::Memory;
  benchmark::RegisterBenchmark("steered/mpc/random", steered<Mpc>, "random", Memory::sc);
  benchmark::RegisterBenchmark("steered/mpc/pct3", steered<Mpc>, "pct3", Memory::sc);
  benchmark::RegisterBenchmark("steered/mpc/pos", steered<Mpc>, "pos", Memory::sc);
  benchmark::RegisterBenchmark("steered/mpc/weak", steered<Mpc>, "random", Memory::weak);
  benchmark::RegisterBenchmark("steered/mpc/weak/pct3", steered<Mpc>, "pct3", Memory::weak);
  benchmark::RegisterBenchmark("steered/tre/random", steered<Tre>, "random", Memory::sc);
  benchmark::RegisterBenchmark("steered/tre/pct3", steered<Tre>, "pct3", Memory::sc);
  benchmark::RegisterBenchmark("steered/tre/weak", steered<Tre>, "random", Memory::weak);
  benchmark::RegisterBenchmark("steered/tre/weak/pct3", steered<Tre>, "pct3", Memory::weak);
  benchmark::RegisterBenchmark("steered/empty", steered<Empty>, "random", Memory::sc);
  for (const Memory memory : {Memory::sc, Memory::weak}) {
    auto* growth = benchmark::RegisterBenchmark(
        memory == Memory::sc ? "steered/grown/sc" : "steered/grown/weak", grown, memory);
    for (const int tasks : {2, 4, 8}) growth->Args({tasks, 8});
    for (const int ops : {1, 4, 16, 32, 64}) growth->Args({3, ops});
  }
  return 0;
}();

}  // namespace

#include "fuzz/engine/worker.h"

#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "fuzz/engine/clock.h"

namespace rw::engine {
namespace {

std::vector<std::string> arguments_of(const WorkerTask& task, const std::string& state_file) {
  const char* mode = task.kind->mode == exec::Mode::threads ? "threads" : "steered";
  std::vector<std::string> arguments = {binary_of(*task.kind), "worker"};
  const auto add = [&arguments](const char* option, const std::string& value) {
    if (value.empty()) return;
    arguments.emplace_back(option);
    arguments.push_back(value);
  };
  add("--target", task.target);
  add("--design", task.design);
  add("--memory", task.memory);
  add("--strategy", task.strategy);
  add("--seeds", task.seeds);
  add("--seed", fmt::format("{}", task.seed));
  add("--time", fmt::format("{:.3f}", task.seconds));
  add("--out", task.out);
  add("--corpus", task.out + "/corpus");
  add("--state", state_file);
  add("--command", task.command);
  add("--mode", mode);
  if (task.kind->cross_check) arguments.emplace_back("--cross-check");
  return arguments;
}

}  // namespace

Worker::Worker(const std::string& stem)
    : state_file_(stem + ".state"), log_(stem + ".log"), began_(now()) {}

Worker::~Worker() {
  ::unlink(state_file_.c_str());
  ::unlink(log_.c_str());
}

std::unique_ptr<Worker> Worker::start(const WorkerTask& task, FileError& error) {
  std::unique_ptr<Worker> worker(new Worker(task.stem));
  worker->shared_ = SharedState::create(worker->state_file_, error);
  if (worker->shared_ == nullptr) return nullptr;
  auto process = WorkerProcess::start(arguments_of(task, worker->state_file_), worker->log_, error);
  if (!process) return nullptr;
  worker->process_ = std::move(*process);
  return worker;
}

std::optional<int> Worker::poll(double hang_seconds) {
  if (std::optional<int> status = process_.poll()) return status;
  const auto& heartbeat = shared_->counters().heartbeat;
  if (!killed_for_hanging_ && watch_.hangs(heartbeat, process_, hang_seconds)) {
    killed_for_hanging_ = true;
    process_.signal(SIGKILL);
  }
  return std::nullopt;
}

void Worker::ask_to_stop() const {
  process_.signal(SIGTERM);
}

double Worker::seconds() const {
  return now() - began_;
}

std::string Worker::said() const {
  FileError ignored;
  return read_whole(log_, ignored).value_or("");
}

}  // namespace rw::engine

#include "fuzz/engine/dying.h"

#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "fuzz/engine/death.h"
#include "fuzz/engine/exit_status.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/symbolize.h"
#include "fuzz/exec/fiber.h"
#include "fuzz/program/bytes.h"
#include "fuzz/shrink/search.h"
#include "fuzz/sync/check.h"
#include "fuzz/verdict/key.h"
#include "fuzz/verdict/last_words.h"

namespace rw::engine {
namespace {

using program::Program;

constexpr std::size_t kMaxReport = 1 << 20;  // bytes read of what a child wrote
constexpr std::size_t kMaxKept = 512;        // segments of a child's list
constexpr int kLook = 100;                   // milliseconds between looks at a child

// A program encoded in memory that both processes see.
struct SharedProgram {
  std::uint32_t size = 0;
  std::uint8_t bytes[512 * 1024];

  // False if it does not fit.
  bool put(Program p) {
    program::normalise(p);
    const std::vector<std::uint8_t> encoded = program::encode(p);
    if (encoded.size() > sizeof bytes) return false;
    std::memcpy(bytes, encoded.data(), encoded.size());
    size = static_cast<std::uint32_t>(encoded.size());
    return true;
  }
  Program get(Target& target) const { return program::decode(target, {bytes, size}); }
};

struct Handover {
  SharedProgram wanted;  // written by the parent before it asks
  SharedProgram made;    // the same with the decisions made so far; size 0: none
  char key[64];          // of a failure that was not deadly
};

void run_wanted(Target& target, Handover& shared) {
  const Program p = shared.wanted.get(target);
  // Each decision writes the whole list anew: a run without an end keeps its beginning only.
  const auto keep = [&](const exec::Decisions& decisions) {
    if (decisions.segments.size() <= kMaxKept)
      (void)shared.made.put(shrink::with_list(p, decisions));
  };
  const exec::Result result = run(p, {.log = keep});
  const std::string key = result.failure ? verdict::key_of(*result.failure) : "";
  std::strncpy(shared.key, key.c_str(), sizeof shared.key - 1);
}

// Whether `fd` has something, or its end, to read within so many seconds. They are counted in
// looks: a machine that stood still in between has taken one of them.
bool answers(int fd, double seconds) {
  pollfd answer{fd, POLLIN, 0};
  for (int looks = 1 + static_cast<int>(seconds * 1000 / kLook); looks > 0; --looks) {
    int polled = 0;
    while ((polled = ::poll(&answer, 1, kLook)) < 0 && errno == EINTR) {
    }
    if (polled != 0) return true;
  }
  return false;
}

}  // namespace

struct ChildRunner::Child {
  Handover* shared = nullptr;
  pid_t pid = -1;
  int ask = -1;     // a byte written here makes the child run what is wanted
  int answer = -1;  // a byte comes back when it has survived
  int output = -1;  // what it prints
  bool is_new = true;

  ~Child() {
    for (const int file : {ask, answer, output}) ::close(file);
    if (pid > 0) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    ::munmap(shared, sizeof *shared);
  }
};

ChildRunner::ChildRunner(double seconds) : seconds_(seconds) {}
ChildRunner::~ChildRunner() = default;

void ChildRunner::start() {
  RW_CHECK(exec::fiber_survives_fork(), "TSan does not work in the children of this process");
  child_ = std::make_unique<Child>();
  int ask[2], answer[2];
  void* at =
      ::mmap(nullptr, sizeof(Handover), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  RW_CHECK(at != MAP_FAILED, "no memory to share with a child");
  child_->shared = static_cast<Handover*>(at);
  child_->output = ::memfd_create("racewalk-child", MFD_CLOEXEC);
  RW_CHECK(child_->output >= 0 && ::pipe(ask) == 0 && ::pipe(answer) == 0, "no pipe to a child");
  child_->ask = ask[1];
  child_->answer = answer[0];
  child_->pid = ::fork();
  RW_CHECK(child_->pid >= 0, "no child process could be started");
  if (child_->pid != 0) {
    ::close(ask[0]);
    ::close(answer[1]);
    return;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  leave_interrupts_to_parent();
  ::close(ask[1]);
  ::close(answer[0]);
  ::dup2(child_->output, STDOUT_FILENO);
  ::dup2(child_->output, STDERR_FILENO);
  verdict::set_stack_as_last_words();
  Target* target = nullptr;
  while (::read(ask[0], &target, sizeof target) == sizeof target) {
    run_wanted(*target, *child_->shared);
    if (::write(answer[1], "", 1) != 1) break;
  }
  ::_exit(kExitNothing);
}

Ending ChildRunner::run(const Program& p) {
  if (child_ == nullptr) start();
  Child& child = *child_;
  child.shared->made.size = 0;
  child.shared->key[0] = '\0';
  Ending ending;
  if (!child.shared->wanted.put(p)) return ending;  // too long to be run: as if it did not fail
  child.is_new = false;
  (void)!::write(child.ask, &p.target, sizeof p.target);

  char survived = 0;
  const bool hung = !answers(child.answer, seconds_);
  if (hung || ::read(child.answer, &survived, 1) != 1) {
    int status = 0;
    if (hung) ::kill(child.pid, SIGKILL);
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    child.pid = -1;
    ending.report = symbolized(report_in(child.output));
    ending.death = failure_of(classify(status, ending.report, hung));
  }
  ending.key = ending.death ? verdict::key_of(*ending.death) : child.shared->key;
  if (child.shared->made.size != 0)
    ending.decisions = child.shared->made.get(*p.target).schedule.decisions;
  if (child.pid < 0) child_.reset();
  return ending;
}

Ending ChildRunner::run_in_new_child(const Program& p) {
  if (child_ != nullptr && !child_->is_new) child_.reset();
  return run(p);
}

std::optional<Found> ChildRunner::confirm(const Program& p) {
  const Ending first = run_in_new_child(p);
  if (!first.death) return std::nullopt;
  Found found = found_without_replay(p, *first.death);
  const Program list = shrink::with_list(found.program, first.decisions);
  if (run_in_new_child(list).key == found.key) found.program = list;
  return found;
}

shrink::Attempt ChildRunner::attempt(const Program& p, const std::string& key) {
  const auto as_wanted = [&key](const Ending& ending) {
    return ending.death && (key.empty() || ending.key == key);
  };
  if (!as_wanted(run(p))) return {};
  Ending ending = run_in_new_child(p);
  if (!as_wanted(ending)) return {};
  const auto switches = static_cast<std::uint32_t>(ending.decisions.segments.size());
  return {.same_key = true,
          .decisions = std::move(ending.decisions),
          .switches = switches == 0 ? 0 : switches - 1};
}

std::string report_in(int file) {
  std::string text(kMaxReport, '\0');
  const ssize_t n = ::pread(file, text.data(), text.size(), 0);
  text.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
  return text;
}

bool is_deadly(std::string_view kind) {
  return kind == "sanitizer" || kind == "crash";
}

bool ends_its_process(const Program& p) {
  if (is_deadly(p.expect)) return true;
  return p.expect.empty() && exec::fiber_survives_fork() && ChildRunner().run(p).death.has_value();
}

}  // namespace rw::engine

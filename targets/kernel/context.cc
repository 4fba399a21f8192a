#include "targets/kernel/context.h"

namespace rw::kernel {

namespace {

constexpr unsigned kMaxDepth = 64;

struct holder {
  const char* what;
  const void* object;
  sync::site where;
};

// One per task and touched by it alone, so it needs no protection.
struct alignas(64) task_context {
  unsigned depth = 0;
  unsigned work = 0;  // since depth was 0
  holder holders[kMaxDepth];
};
task_context g_contexts[kMaxTasks];

RW_UNINSTRUMENTED task_context& context_of_task() {
  return g_contexts[sync::current_task()];
}

// What made the context atomic, for failure parts: a lock's field, or the call.
std::string holder_name(const holder& h) {
  return h.object != nullptr ? field_name(h.object) : std::string(h.what);
}

}  // namespace

RW_UNINSTRUMENTED void enter_atomic(const char* what, const void* object, sync::site where) {
  task_context& c = context_of_task();
  RW_CHECK(c.depth < kMaxDepth, "atomic contexts nest too deeply");
  if (c.depth == 0) c.work = 0;
  c.holders[c.depth++] = {what, object, where};
}

RW_UNINSTRUMENTED void leave_atomic(const void* object) {
  task_context& c = context_of_task();
  for (unsigned i = c.depth; i-- > 0;) {
    if (c.holders[i].object != object) continue;
    for (unsigned k = i + 1; k < c.depth; ++k) c.holders[k - 1] = c.holders[k];
    --c.depth;
    return;
  }
}

void preempt_disable(sync::site where) {
  enter_atomic("preempt_disable", nullptr, where);
}

void preempt_enable(sync::site where) {
  if (!in_atomic())
    sync::fail("unlock-not-owner", {"preempt_enable", sync::function_name(where)},
               "preempt_enable without preempt_disable", where);
  leave_atomic(nullptr);
}

RW_UNINSTRUMENTED bool in_atomic() {
  return context_of_task().depth != 0;
}

RW_UNINSTRUMENTED unsigned atomic_work(unsigned more) {
  task_context& c = context_of_task();
  return c.depth == 0 ? 0 : c.work += more;
}

RW_UNINSTRUMENTED std::string atomic_since() {
  return holder_name(context_of_task().holders[0]);
}

RW_UNINSTRUMENTED void might_sleep(sync::site where) {
  const task_context& c = context_of_task();
  if (c.depth == 0) return;
  const holder& outermost = c.holders[0];
  const std::string function = sync::function_name(where);
  sync::fail("sleep-in-atomic", {function, holder_name(outermost)},
             fmt::format("{} may sleep, but T{} is in atomic context since {} in {} ({})", function,
                         sync::current_task(), outermost.what, sync::function_name(outermost.where),
                         holder_name(outermost)),
             where);
}

std::string field_name(const void* address) {
  std::string name = sync::name_of(address);
  const std::size_t number = name.find_first_of("#+");
  if (number == std::string::npos) return name;
  const std::size_t rest = name.find('.', number);
  return name.substr(0, number) + (rest == std::string::npos ? "" : name.substr(rest));
}

RW_UNINSTRUMENTED void context_begin_execution() {
  for (task_context& c : g_contexts) c.depth = 0;
}

RW_UNINSTRUMENTED void context_op_end(sync::site where) {
  const task_context& c = context_of_task();
  if (c.depth == 0) return;
  sync::fail("lock-leak", {holder_name(c.holders[0])},
             fmt::format("the op ends in atomic context, entered by {} in {}", c.holders[0].what,
                         sync::function_name(c.holders[0].where)),
             where);
}

}  // namespace rw::kernel

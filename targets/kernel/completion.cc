#include "targets/kernel/completion.h"

#include "targets/kernel/access.h"
#include "targets/kernel/context.h"
#include "targets/kernel/wait_queue_internal.h"

namespace rw::kernel {

namespace {

constexpr std::uint32_t kForEver = ~0U / 2;

void add_done(completion* x, std::uint32_t n, sync::site where) {
  spin_lock(&x->wait.lock, where);
  const std::uint32_t done = x->done.load(order::relaxed, where);
  if (done < kForEver) x->done.store(done + n, order::relaxed, where);
  wake_locked(&x->wait, where);
  spin_unlock(&x->wait.lock, where);
}

}  // namespace

void init_completion(completion* x, sync::site where) {
  init_word(&x->done, 0, where);
  init_waitqueue_head(&x->wait, where);
}

void complete(completion* x, sync::site where) {
  const sync::operation scope("complete", x, where);
  add_done(x, 1, where);
}

void complete_all(completion* x, sync::site where) {
  const sync::operation scope("complete_all", x, where);
  add_done(x, kForEver, where);
}

void wait_for_completion(completion* x, sync::site where) {
  might_sleep(where);
  const sync::operation scope("wait_for_completion", x, where);
  spin_lock(&x->wait.lock, where);
  std::uint32_t done = x->done.load(order::relaxed, where);
  while (done == 0) {
    enqueue_locked(&x->wait, where);
    spin_unlock(&x->wait.lock, where);
    schedule(where);
    spin_lock(&x->wait.lock, where);
    done = x->done.load(order::relaxed, where);
  }
  if (done < kForEver) x->done.store(done - 1, order::relaxed, where);
  spin_unlock(&x->wait.lock, where);
}

bool completion_done(const completion* x, sync::site where) {
  const sync::operation scope("completion_done", x, where, sync::operation::always_fine);
  return x->done.load(order::relaxed, where) != 0;
}

}  // namespace rw::kernel

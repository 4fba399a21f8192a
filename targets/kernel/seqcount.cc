#include "targets/kernel/seqcount.h"

#include "targets/kernel/context.h"

namespace rw::kernel {

void seqcount_init(seqcount_t* s, sync::site where) {
  init_word(&s->sequence, 0, where);
}

std::uint32_t read_seqcount_begin(const seqcount_t* s, sync::site where) {
  const sync::operation scope("read_seqcount_begin", s, where);
  for (;;) {
    const std::uint32_t now = s->sequence.load(order::acquire, where);
    if ((now & 1U) == 0) return now;
    sync::relax(where);
  }
}

bool read_seqcount_retry(const seqcount_t* s, std::uint32_t start, sync::site where) {
  const sync::operation scope("read_seqcount_retry", s, where);
  smp_rmb(where);
  return s->sequence.load(order::relaxed, where) != start || (start & 1U) != 0;
}

std::uint32_t raw_read_seqcount(const seqcount_t* s, sync::site where) {
  const sync::operation scope("raw_read_seqcount", s, where);
  return s->sequence.load(order::acquire, where);
}

void raw_write_seqcount_begin(seqcount_t* s, sync::site where) {
  const sync::operation scope("write_seqcount_begin", s, where);
  const std::uint32_t now = s->sequence.load(order::relaxed, where);
  s->sequence.store(now + 1, order::relaxed, where);
  smp_wmb(where);
}

void raw_write_seqcount_end(seqcount_t* s, sync::site where) {
  const sync::operation scope("write_seqcount_end", s, where);
  smp_wmb(where);
  const std::uint32_t now = s->sequence.load(order::relaxed, where);
  s->sequence.store(now + 1, order::relaxed, where);
}

void write_seqcount_begin(seqcount_t* s, sync::site where) {
  enter_atomic("write_seqcount_begin", s, where);
  raw_write_seqcount_begin(s, where);
}

void write_seqcount_end(seqcount_t* s, sync::site where) {
  raw_write_seqcount_end(s, where);
  leave_atomic(s);
}

void seqlock_init(seqlock_t* sl, lock_class& cls, sync::site where) {
  seqcount_init(&sl->seqcount, where);
  spin_lock_init(&sl->lock, cls, where);
}

std::uint32_t read_seqbegin(const seqlock_t* sl, sync::site where) {
  return read_seqcount_begin(&sl->seqcount, where);
}

bool read_seqretry(const seqlock_t* sl, std::uint32_t start, sync::site where) {
  return read_seqcount_retry(&sl->seqcount, start, where);
}

void write_seqlock(seqlock_t* sl, sync::site where) {
  spin_lock(&sl->lock, where);
  write_seqcount_begin(&sl->seqcount, where);
}

void write_sequnlock(seqlock_t* sl, sync::site where) {
  write_seqcount_end(&sl->seqcount, where);
  spin_unlock(&sl->lock, where);
}

}  // namespace rw::kernel

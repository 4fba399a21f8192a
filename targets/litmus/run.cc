#include "targets/litmus/run.h"

#include "targets/kernel/kernel.h"

namespace rw::litmus {

namespace {

using Word = sync::atomic<std::uint32_t>;

struct Shared {
  Word word[kLocations] = {0, 0, 0, 0, 0};
  sync::cell<std::uint32_t> plain[kLocations] = {0, 0, 0, 0, 0};  // for na and plain accesses
  kernel::spinlock_t lock[kDomains];
  kernel::srcu_struct domain[kDomains];
};

Shared* s_shared;

}  // namespace

}  // namespace rw::litmus

RW_TYPE_NAMED(rw::litmus::Shared, "litmus", word, plain, lock, domain)

namespace rw::litmus {

namespace {

sync::order seam_order(Order o) {
  switch (o) {
    case Order::plain:
    case Order::relaxed:
      return sync::order::relaxed;
    case Order::acquire:
      return sync::order::acquire;
    case Order::release:
      return sync::order::release;
    case Order::acq_rel:
      return sync::order::acq_rel;
    case Order::seq_cst:
      return sync::order::seq_cst;
    case Order::full:
    case Order::after_atomic:
    case Order::after_spinlock:
      return sync::order::full;
    case Order::wmb:
      return sync::order::wmb;
    case Order::rmb:
      return sync::order::rmb;
  }
  RW_CHECK(false, "an order without a meaning on the seam");
  return sync::order::seq_cst;
}

// ---- accesses of the two dialects ---------------------------------------------------------------

std::uint32_t load_cxx(const Word& w, Order o) {
  return w.load(seam_order(o));
}
void store_cxx(Word& w, std::uint32_t value, Order o) {
  w.store(value, seam_order(o));
}

std::uint32_t load_kernel(const Word& w, Order o) {
  return o == Order::acquire ? kernel::smp_load_acquire(&w) : kernel::READ_ONCE(w);
}
void store_kernel(Word& w, std::uint32_t value, Order o) {
  if (o == Order::release)
    kernel::smp_store_release(&w, value);
  else
    kernel::WRITE_ONCE(w, value);
}

// Both return the value before.
std::uint32_t add_kernel(Word& w, std::uint32_t value, Order o) {
  if (o == Order::full) return kernel::atomic_add_return(value, &w) - value;
  return w.fetch_add(value, seam_order(o));  // access.h has no value-returning relaxed add
}
std::uint32_t exchange_kernel(Word& w, std::uint32_t value, Order o) {
  if (o == Order::full) return kernel::xchg(&w, value);
  return w.exchange(value, seam_order(o));
}

void fence_kernel(Order o) {
  switch (o) {
    case Order::wmb:
      return kernel::smp_wmb();
    case Order::rmb:
      return kernel::smp_rmb();
    case Order::after_atomic:
      return kernel::smp_mb__after_atomic();
    default:
      return kernel::smp_mb();
  }
}

// Executes what only kernel rows have.
void run_primitive(const Statement& s, std::uint32_t* registers) {
  switch (s.action) {
    case Action::increment:
      return kernel::atomic_inc(&s_shared->word[s.where]);
    case Action::lock:
      return kernel::spin_lock(&s_shared->lock[s.where]);
    case Action::unlock:
      return kernel::spin_unlock(&s_shared->lock[s.where]);
    case Action::rcu_lock:
      return kernel::rcu_read_lock();
    case Action::rcu_unlock:
      return kernel::rcu_read_unlock();
    case Action::sync_rcu:
      return kernel::synchronize_rcu();
    case Action::srcu_lock:
      registers[s.result] =
          static_cast<std::uint32_t>(kernel::srcu_read_lock(&s_shared->domain[s.where]));
      return;
    case Action::srcu_unlock:
      return kernel::srcu_read_unlock(&s_shared->domain[s.where],
                                      static_cast<int>(registers[s.operand]));
    case Action::sync_srcu:
      return kernel::synchronize_srcu(&s_shared->domain[s.where]);
    default:
      RW_CHECK(false, "not a primitive");
  }
}

void run_statement(const Statement& s, bool cxx, std::uint32_t* registers) {
  Word& word = s_shared->word[s.where];
  const std::uint32_t operand = s.operand_is_register ? registers[s.operand] : s.operand;
  const bool plain = s.order == Order::plain;
  switch (s.action) {
    case Action::store:
      if (plain) return s_shared->plain[s.where].set(operand);
      return cxx ? store_cxx(word, operand, s.order) : store_kernel(word, operand, s.order);
    case Action::load:
      registers[s.result] = plain ? s_shared->plain[s.where].get()
                            : cxx ? load_cxx(word, s.order)
                                  : load_kernel(word, s.order);
      return;
    case Action::add:
      registers[s.result] =
          cxx ? word.fetch_add(operand, seam_order(s.order)) : add_kernel(word, operand, s.order);
      return;
    case Action::exchange:
      registers[s.result] = cxx ? word.exchange(operand, seam_order(s.order))
                                : exchange_kernel(word, operand, s.order);
      return;
    case Action::fence:
      return cxx ? sync::fence(seam_order(s.order)) : fence_kernel(s.order);
    default:
      return run_primitive(s, registers);
  }
}

}  // namespace

void Runner::setup() {
  kernel::begin_execution();
  s_shared = sync::make<Shared>();
  for (kernel::spinlock_t& lock : s_shared->lock) kernel::spin_lock_init(&lock);
  for (kernel::srcu_struct& domain : s_shared->domain) kernel::init_srcu_struct(&domain);
  final_ = Final{};
}

void Runner::task(unsigned t) {
  std::uint32_t* registers = final_.registers[t];
  for (const Statement& s : test_->threads[t]) {
    if (s.action == Action::guard) {
      if (registers[s.operand] == 0) break;
      continue;
    }
    run_statement(s, dialect_ == Dialect::cxx, registers);
  }
  kernel::op_end();
}

void Runner::finish() {
  kernel::finish();
  for (unsigned l = 0; l < kLocations; ++l)
    final_.memory[l] =
        is_plain(*test_, l) ? s_shared->plain[l].get() : kernel::READ_ONCE(s_shared->word[l]);
}

}  // namespace rw::litmus

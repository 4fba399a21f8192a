// Memory orders of the seam: C++'s six and the three barriers only the kernel has.
//
// Promises: `std_order` is never weaker than the order it translates.
// Leaves out: what an order means for a load; that is fuzz/memory's business.
#pragma once

#include <atomic>
#include <cstdint>

namespace rw::sync {

enum class order : std::uint8_t {
  relaxed,
  consume,
  acquire,
  release,
  acq_rel,
  seq_cst,
  full,  // smp_mb(), and both sides of the kernel's value-returning atomics
  wmb,   // smp_wmb(): orders this task's own stores only
  rmb,   // smp_rmb()
};

constexpr bool acquires(order o) {
  return o == order::acquire || o == order::consume || o == order::acq_rel || o == order::seq_cst ||
         o == order::full || o == order::rmb;
}

constexpr bool releases(order o) {
  return o == order::release || o == order::acq_rel || o == order::seq_cst || o == order::full ||
         o == order::wmb;
}

constexpr std::memory_order std_order(order o) {
  switch (o) {
    case order::relaxed:
      return std::memory_order_relaxed;
    case order::consume:
      return std::memory_order_acquire;
    case order::acquire:
      return std::memory_order_acquire;
    case order::release:
      return std::memory_order_release;
    case order::acq_rel:
      return std::memory_order_acq_rel;
    case order::seq_cst:
      return std::memory_order_seq_cst;
    case order::full:
      return std::memory_order_seq_cst;
    case order::wmb:
      return std::memory_order_release;
    case order::rmb:
      return std::memory_order_acquire;
  }
  return std::memory_order_seq_cst;
}

// The order a read-modify-write's read half may use when the whole has order `o`.
constexpr order load_part(order o) {
  switch (o) {
    case order::release:
    case order::wmb:
      return order::relaxed;
    case order::acq_rel:
      return order::acquire;
    default:
      return o;
  }
}

const char* order_name(order o);

}  // namespace rw::sync

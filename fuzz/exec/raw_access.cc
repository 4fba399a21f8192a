// Compiled with -fsanitize=thread in a TSan build, unlike the rest of the engine.
#include "fuzz/exec/raw_access.h"

#if defined(RACEWALK_TSAN)
#include <atomic>

namespace rw::exec {

using sync::order;

namespace {

template <typename T>
std::uint64_t load_as(const void* address, order o) {
  const auto* word = static_cast<const std::atomic<T>*>(address);
  if (sync::acquires(o)) return word->load(std::memory_order_acquire);
  return word->load(std::memory_order_relaxed);
}

template <typename T>
void store_as(void* address, std::uint64_t value, order o) {
  auto* word = static_cast<std::atomic<T>*>(address);
  if (sync::releases(o))
    word->store(static_cast<T>(value), std::memory_order_release);
  else
    word->store(static_cast<T>(value), std::memory_order_relaxed);
}

template <typename T>
std::uint64_t exchange_as(void* address, std::uint64_t value, order o) {
  auto* word = static_cast<std::atomic<T>*>(address);
  const T v = static_cast<T>(value);
  if (sync::acquires(o) && sync::releases(o)) return word->exchange(v, std::memory_order_acq_rel);
  if (sync::acquires(o)) return word->exchange(v, std::memory_order_acquire);
  if (sync::releases(o)) return word->exchange(v, std::memory_order_release);
  return word->exchange(v, std::memory_order_relaxed);
}

}  // namespace

std::uint64_t raw_load(const void* address, unsigned size, order o) {
  return size == 8 ? load_as<std::uint64_t>(address, o) : load_as<std::uint32_t>(address, o);
}

void raw_store(void* address, unsigned size, std::uint64_t value, order o) {
  if (size == 8)
    store_as<std::uint64_t>(address, value, o);
  else
    store_as<std::uint32_t>(address, value, o);
}

std::uint64_t raw_exchange(void* address, unsigned size, std::uint64_t value, order o) {
  return size == 8 ? exchange_as<std::uint64_t>(address, value, o)
                   : exchange_as<std::uint32_t>(address, value, o);
}

}  // namespace rw::exec
#endif

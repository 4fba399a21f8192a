#include "fuzz/memory/race_detector.h"

#include "fuzz/sync/check.h"

#if defined(RACEWALK_ASAN)
#include <sanitizer/asan_interface.h>
#endif
#if defined(RACEWALK_TSAN)
#include <sanitizer/tsan_interface.h>
extern "C" void __tsan_write_range(void* address, unsigned long bytes);
#endif

namespace rw::memory {

namespace {

// The sanitizers learn of births and deaths too: ASan by poison, TSan by a write to every byte and
// a hand-over of the block from who frees it to who gets it next.
void announce_birth(void* address, std::size_t bytes) {
#if defined(RACEWALK_ASAN)
  __asan_unpoison_memory_region(address, bytes);
#elif defined(RACEWALK_TSAN)
  __tsan_acquire(address);
  __tsan_write_range(address, bytes);
#else
  (void)address, (void)bytes;
#endif
}

void announce_death(void* address, std::size_t bytes) {
#if defined(RACEWALK_ASAN)
  __asan_poison_memory_region(address, bytes);
#elif defined(RACEWALK_TSAN)
  __tsan_write_range(address, bytes);
  __tsan_release(address);
#else
  (void)address, (void)bytes;
#endif
}

Violation against_exclusive(ViolationKind kind, const Location& l) {
  return {kind, l.exclusive_site, l.exclusive_task, true, l.exclusive};
}

// The first task whose last shared use of `l` is not ordered before `clocks`; kMaxTasks if none.
unsigned unordered_user(const Location& l, const TaskClocks& clocks) {
  for (unsigned t = 0; t < kMaxTasks; ++t)
    if (l.access[t] > clocks.current[t]) return t;
  return kMaxTasks;
}

bool memory_was_reused(const Location& l) {
  return l.object != 0 && object_at(l.object).reused;
}

}  // namespace

namespace detail {

Verdict slow_check(const Location& l, unsigned task, const TaskClocks& clocks, Use use) {
  (void)task;
  if (!l.live) {
    if (l.exclusive == Exclusive::death) return against_exclusive(ViolationKind::use_after_free, l);
    return Violation{ViolationKind::wild};
  }
  if (l.exclusive_clock > clocks.current[l.exclusive_task]) {
    const bool stale = l.exclusive == Exclusive::birth && memory_was_reused(l);
    return against_exclusive(stale ? ViolationKind::use_after_free : ViolationKind::race, l);
  }
  if (!l.initialised && reads(use)) return against_exclusive(ViolationKind::uninitialised_read, l);
  const unsigned other = unordered_user(l, clocks);
  RW_CHECK(other != kMaxTasks, "the fast check refused a use that is in order");
  return Violation{ViolationKind::race, l.access_site[other], static_cast<std::uint8_t>(other),
                   true, Exclusive::none};
}

}  // namespace detail

Verdict object_born(void* address, std::size_t bytes, const sync::type_info* type, unsigned task,
                    TaskClocks& clocks, SiteKey where) {
  if (!in_objects(address)) return Violation{ViolationKind::wild};
  const std::uint32_t offset = offset_of(address);
  const std::uint32_t index = new_object();
  Object& object = object_at(index);
  object.type = type;
  object.offset = offset;
  object.bytes = static_cast<std::uint32_t>(bytes);
  object.born_at = where;
  object.born_by = static_cast<std::uint8_t>(task);
  for (std::uint32_t at = offset; at < offset + bytes; at += kGranule) {
    Location& l = location_at(at);
    if (l.object != 0) {
      const Object& before = object_at(l.object);
      RW_CHECK(before.dead, "an object is born where another still lives");
      join(clocks.current, before.death);
      object.reused = true;
    }
    l = Location{};
    l.execution = g_execution;
    l.object = index;
    l.live = true;
    l.exclusive = Exclusive::birth;
    l.exclusive_task = static_cast<std::uint8_t>(task);
    l.exclusive_clock = clocks.current[task];
    l.exclusive_site = where;
  }
  announce_birth(address, bytes);
  return std::nullopt;
}

Verdict object_died(void* address, unsigned task, const TaskClocks& clocks, SiteKey where) {
  if (!in_objects(address)) return Violation{ViolationKind::wild};
  const std::uint32_t offset = offset_of(address);
  Location& first = location_at(offset);
  if (first.object == 0) return Violation{ViolationKind::wild};
  Object& object = object_at(first.object);
  if (object.offset != offset) return Violation{ViolationKind::wild};
  if (object.dead) return against_exclusive(ViolationKind::double_free, first);
  for (std::uint32_t at = offset; at < offset + object.bytes; at += kGranule) {
    const Location& l = location_at(at);
    if (l.exclusive_clock > clocks.current[l.exclusive_task])
      return against_exclusive(ViolationKind::use_after_free, l);
    if (const unsigned other = unordered_user(l, clocks); other != kMaxTasks)
      return Violation{ViolationKind::use_after_free, l.access_site[other],
                       static_cast<std::uint8_t>(other), true, Exclusive::none};
  }
  for (std::uint32_t at = offset; at < offset + object.bytes; at += kGranule) {
    Location& l = location_at(at);
    l.live = false;
    l.exclusive = Exclusive::death;
    l.exclusive_task = static_cast<std::uint8_t>(task);
    l.exclusive_clock = clocks.current[task];
    l.exclusive_site = where;
  }
  object.dead = true;
  object.died_at = where;
  object.died_by = static_cast<std::uint8_t>(task);
  object.death = clocks.current;
  announce_death(address, object.bytes);
  return std::nullopt;
}

}  // namespace rw::memory

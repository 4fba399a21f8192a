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
  return {kind, l.exclusive_site, l.exclusive_task, true, l.exclusive, 0, 0};
}

// The first task whose last shared use of `l` is not ordered before `clocks`; kMaxTasks if none.
unsigned unordered_user(const Location& l, const TaskClocks& clocks) {
  for (unsigned t = 0; t < kMaxTasks; ++t)
    if (l.access[t] > clocks.current[t]) return t;
  return kMaxTasks;
}

// A use of reused memory by a task that has not learnt of the new object's birth: it means the dead
// one. Returns that object's index, 0 if the use is not of this kind.
std::uint32_t object_meant(const Location& l, unsigned task, const TaskClocks& clocks) {
  if (l.object == 0) return 0;
  const Object& object = object_at(l.object);
  const bool knows = object.born_by == task || object.birth <= clocks.current[object.born_by];
  return knows ? 0 : object.before;
}

}  // namespace

Violation explain(const Location& l, unsigned task, const TaskClocks& clocks, Use use) {
  if (!l.live) {
    if (l.exclusive == Exclusive::death) return against_exclusive(ViolationKind::use_after_free, l);
    return Violation{ViolationKind::wild};
  }
  if (const std::uint32_t meant = object_meant(l, task, clocks); meant != 0) {
    const Object& dead = object_at(meant);
    return Violation{ViolationKind::use_after_free,
                     dead.died_at,
                     dead.died_by,
                     true,
                     Exclusive::death,
                     0,
                     meant};
  }
  if (l.exclusive_clock > clocks.current[l.exclusive_task])
    return against_exclusive(ViolationKind::race, l);
  if (!l.initialised && reads(use)) return against_exclusive(ViolationKind::uninitialised_read, l);
  const unsigned other = unordered_user(l, clocks);
  RW_CHECK(other != kMaxTasks, "the fast check refused a use that is in order");
  return Violation{ViolationKind::race, l.access_site[other], static_cast<std::uint8_t>(other),
                   true};
}

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
  object.birth = clocks.current[task];
  for (std::uint32_t at = offset; at < offset + bytes; at += kGranule) {
    Location& l = location_at(at);
    if (l.object != 0) {
      const Object& before = object_at(l.object);
      RW_CHECK(before.dead, "an object is born where another still lives");
      join(clocks.current, before.death);
      object.before = l.object;
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
    if (l.exclusive_clock > clocks.current[l.exclusive_task]) {
      Violation v = against_exclusive(ViolationKind::use_after_free, l);
      v.offset = at;
      return v;
    }
    if (const unsigned other = unordered_user(l, clocks); other != kMaxTasks)
      return Violation{ViolationKind::use_after_free,
                       l.access_site[other],
                       static_cast<std::uint8_t>(other),
                       true,
                       Exclusive::none,
                       at};
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

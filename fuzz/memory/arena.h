// The arena: one block of memory at a fixed address for all target objects and fiber stacks, and
// what is known about each byte of it, in arrays beside it.
//
// Promises: the address is the same in every process and build (0x7e8000000000 is free under plain,
// ASan and TSan alike), so addresses may be values of the model; metadata survives the object it is
// about; a new execution costs O(1): everything carries the number of the execution that wrote it.
// Leaves out: races (race_detector.h) and values (sc.h, weak.h).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz/memory/clock.h"
#include "fuzz/sync/arena.h"

namespace rw::memory {

inline constexpr std::uintptr_t kArenaBase = 0x7e8000000000;
inline constexpr std::size_t kObjectBytes = std::size_t{1} << 20;  // what target objects may use
inline constexpr std::size_t kStackBytes = std::size_t{256}
                                           << 10;  // one task's, with its guard page
inline constexpr std::size_t kArenaBytes = kObjectBytes + kMaxTasks * kStackBytes;
inline constexpr std::size_t kGranule = 4;  // bytes one Location speaks for
inline constexpr std::uint32_t kMaxObjects = 32 * 1024;

// What exclusive use of a location (one that must be alone) was made last.
enum class Exclusive : std::uint8_t { none, write, initialise, birth, death };

// A source position in 4 bytes: the distance of its record from a fixed one in the binary.
using SiteKey = std::int32_t;
[[gnu::visibility("hidden")]] extern const char g_site_anchor;
inline SiteKey site_key(const sync::site& where) {
  return static_cast<SiteKey>(std::bit_cast<std::intptr_t>(where) -
                              reinterpret_cast<std::intptr_t>(&g_site_anchor));
}
sync::site site_of(SiteKey key);

// All that is known of four bytes of the arena. Valid only if `execution` is the current one.
struct alignas(64) Location {
  std::uint32_t execution = 0;
  std::uint32_t object = 0;  // index in the object table; 0: raw reserved memory or a stack
  bool live = false;
  bool initialised = false;
  bool has_message = false;
  Exclusive exclusive = Exclusive::none;
  std::uint8_t exclusive_task = 0;
  std::uint8_t last_task = 0;  // who accessed it last, for interleaving coverage
  bool last_writes = false;
  bool touched = false;  // last_* hold something
  std::uint32_t exclusive_clock = 0;
  SiteKey exclusive_site = 0;
  SiteKey last_site = 0;
  std::uint32_t word = 0;  // number of its history under a weak memory model (weak.h); 0: none
  Clock access{};          // [task]: clock of its last shared use (atomic, or plain read)
  SiteKey access_site[kMaxTasks] = {};
  Clock message{};  // what an acquiring load of the newest value learns
};
static_assert(kMaxTasks != 8 || sizeof(Location) == 128);

// One object's life.
struct Object {
  const sync::type_info* type = nullptr;
  std::uint32_t offset = 0;  // bytes from the arena's start
  std::uint32_t bytes = 0;
  SiteKey born_at = 0;
  SiteKey died_at = 0;
  std::uint8_t born_by = 0;
  std::uint8_t died_by = 0;
  bool dead = false;
  std::uint32_t before = 0;  // the dead object whose memory this one was given; 0: new memory
  std::uint32_t birth = 0;   // clock of the task that allocated it
  Clock death{};             // what the task that freed it knew
};

// Maps arena and metadata at first use; later calls do nothing. Failure to map is fatal.
void arena_init();
// A new execution begins: everything reserved, born or known before is forgotten.
void arena_begin_execution();

// As sync::reserve: zeroed, until the execution ends. That the arena is full is our own bug.
void* arena_reserve(std::size_t bytes, std::size_t alignment);
std::size_t arena_used();         // bytes reserved in this execution
void* stack_base(unsigned task);  // lowest usable byte; the page below is unmapped
std::size_t stack_usable();       // bytes

inline bool in_arena(const void* p) {
  return reinterpret_cast<std::uintptr_t>(p) - kArenaBase < kArenaBytes;
}
inline bool in_objects(const void* p) {
  return reinterpret_cast<std::uintptr_t>(p) - kArenaBase < kObjectBytes;
}
// Whether a value looks like a pointer to what lies outside, and so elsewhere in every process.
inline bool is_foreign_pointer(std::uint64_t value) {
  return value >> 47 == 0 && value >> 44 != 0 && value - kArenaBase >= kArenaBytes;
}
// 0 is never an object's offset: the first bytes of the arena are not given out.
inline std::uint32_t offset_of(const void* p) {
  return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(p) - kArenaBase);
}

// By arena offset / kGranule.
[[gnu::visibility("hidden")]] extern Location* g_locations;
// Number of the current execution, from 1.
[[gnu::visibility("hidden")]] extern std::uint32_t g_execution;

// The location of an address in the arena, made fresh if this execution has not met it: reserved
// memory and stacks are live, the rest never was.
Location& fresh_location(Location& l, std::uint32_t offset);
inline Location& location_at(std::uint32_t offset) {
  Location& l = g_locations[offset / kGranule];
  return l.execution == g_execution ? l : fresh_location(l, offset);
}

// The record of an object, from its birth to the end of the execution. `index`: from 1.
Object& object_at(std::uint32_t index);
std::uint32_t new_object();  // index of an empty record
std::uint32_t object_count();

// "anon_vma#3.root"; "T1's stack+0x40"; "nothing (0x10)".
std::string name_of(const void* address);
// The same without numbers: "anon_vma.root", "stack".
std::string class_of(const void* address);
// What `value`, of the field at `address`, means; "" if the field has no words for it.
std::string value_in_words(const void* address, std::uint64_t value);
// Of an address as part of an object that may be dead and its memory reused.
std::string name_in_object(std::uint32_t index, std::uint32_t offset);

}  // namespace rw::memory

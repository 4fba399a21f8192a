#include "fuzz/memory/arena.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "fuzz/sync/check.h"
#include "fuzz/sync/fail.h"

#if defined(RACEWALK_ASAN)
#include <sanitizer/asan_interface.h>
#endif

namespace rw::memory {

Location* g_locations = nullptr;
std::uint32_t g_execution = 0;
const char g_site_anchor = 0;

namespace {

constexpr std::size_t kPage = 4096;
constexpr std::uint32_t kFirstOffset = 64;

struct Arena {
  bool mapped = false;
  std::uint32_t used = kFirstOffset;
  std::uint32_t objects = 1;  // record 0 stands for "no object"
  Object* table = nullptr;
};
Arena g_arena;

void* map_at(std::uintptr_t address, std::size_t bytes) {
  const int fixed = address != 0 ? MAP_FIXED_NOREPLACE : 0;
  void* p = mmap(reinterpret_cast<void*>(address), bytes, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);
  RW_CHECK(p != MAP_FAILED, "the arena's address range is taken; is another tool mapped there?");
  return p;
}

void unpoison(std::uint32_t offset, std::size_t bytes) {
#if defined(RACEWALK_ASAN)
  __asan_unpoison_memory_region(reinterpret_cast<void*>(kArenaBase + offset), bytes);
#else
  (void)offset, (void)bytes;
#endif
}

unsigned serial_number(std::uint32_t index) {
  unsigned serial = 0;
  for (std::uint32_t i = 1; i < index; ++i)
    if (g_arena.table[i].type == g_arena.table[index].type) ++serial;
  return serial;
}

const sync::field_info* field_at(const Object& object, std::uint32_t offset) {
  if (object.type == nullptr) return nullptr;
  const std::size_t at = offset - object.offset;
  for (const auto& field : object.type->fields)
    if (at >= field.offset && at < field.offset + field.size) return &field;
  return nullptr;
}

std::string in_object(std::uint32_t index, std::uint32_t offset, bool numbered) {
  const Object& object = g_arena.table[index];
  std::string name = object.type != nullptr ? object.type->name : "object";
  if (numbered) name += fmt::format("#{}", serial_number(index));
  if (const auto* field = field_at(object, offset)) name = name + "." + field->name;
  return name;
}

std::string describe(const void* address, bool numbered) {
  if (!in_arena(address))
    return numbered ? fmt::format("nothing ({})", fmt::ptr(address)) : std::string("nothing");
  const std::uint32_t offset = offset_of(address);
  if (!in_objects(address)) {
    const std::size_t task = (offset - kObjectBytes) / kStackBytes;
    return numbered ? fmt::format("T{}'s stack", task) : std::string("stack");
  }
  const Location& l = g_locations[offset / kGranule];
  if (l.execution != g_execution || l.object == 0)
    return numbered ? fmt::format("memory+{:#x}", offset) : std::string("memory");
  return in_object(l.object, offset, numbered);
}

}  // namespace

sync::site site_of(SiteKey key) {
  return std::bit_cast<sync::site>(reinterpret_cast<std::intptr_t>(&g_site_anchor) + key);
}

void arena_init() {
  if (g_arena.mapped) return;
  map_at(kArenaBase, kArenaBytes);
  for (unsigned t = 0; t < kMaxTasks; ++t) {
    auto* guard = static_cast<char*>(stack_base(t)) - kPage;
    RW_CHECK(mprotect(guard, kPage, PROT_NONE) == 0, "cannot protect a stack's guard page");
  }
  g_locations = static_cast<Location*>(map_at(0, kArenaBytes / kGranule * sizeof(Location)));
  // An execution reads them all over the place (docs/performance.md has what this brings). Where
  // the kernel grants no huge pages it is only slower.
  (void)madvise(g_locations, kObjectBytes / kGranule * sizeof(Location), MADV_HUGEPAGE);
  g_arena.table = static_cast<Object*>(map_at(0, kMaxObjects * sizeof(Object)));
  g_arena.mapped = true;
}

void arena_begin_execution() {
  arena_init();
  ++g_execution;
  RW_CHECK(g_execution != 0, "4 billion executions in one process");
  if (g_arena.used > kFirstOffset) {
    unpoison(0, g_arena.used);
    std::memset(reinterpret_cast<void*>(kArenaBase), 0, g_arena.used);
  }
  g_arena.used = kFirstOffset;
  g_arena.objects = 1;
}

void* arena_reserve(std::size_t bytes, std::size_t alignment) {
  if (alignment < kGranule) alignment = kGranule;
  const std::size_t start = (g_arena.used + alignment - 1) & ~(alignment - 1);
  RW_CHECK(start + bytes <= kObjectBytes, "the arena is full: a target reserves more than 1 MiB");
  g_arena.used = static_cast<std::uint32_t>(start + bytes);
  return reinterpret_cast<void*>(kArenaBase + start);
}

std::size_t arena_used() {
  return g_arena.used;
}

void* stack_base(unsigned task) {
  return reinterpret_cast<void*>(kArenaBase + kObjectBytes + task * kStackBytes + kPage);
}

std::size_t stack_usable() {
  return kStackBytes - kPage;
}

Location& fresh_location(Location& l, std::uint32_t offset) {
  l = Location{};
  l.execution = g_execution;
  const bool on_stack = offset >= kObjectBytes;
  l.live = on_stack || offset < g_arena.used;
  l.initialised = true;  // reserved memory is zero; what a stack holds is the compiler's affair
  return l;
}

Object& object_at(std::uint32_t index) {
  return g_arena.table[index];
}

std::uint32_t new_object() {
  RW_CHECK(g_arena.objects < kMaxObjects, "more objects in one execution than the table holds");
  g_arena.table[g_arena.objects] = Object{};
  return g_arena.objects++;
}

std::uint32_t object_count() {
  return g_arena.objects;
}

std::string name_of(const void* address) {
  return describe(address, true);
}
std::string class_of(const void* address) {
  return describe(address, false);
}

std::string name_in_object(std::uint32_t index, std::uint32_t offset) {
  return in_object(index, offset, true);
}

std::string value_in_words(const void* address, std::uint64_t value) {
  if (!in_arena(address) || !in_objects(address)) return {};
  const Location& l = g_locations[offset_of(address) / kGranule];
  if (l.execution != g_execution || l.object == 0) return {};
  const auto* field = field_at(g_arena.table[l.object], offset_of(address));
  return field != nullptr && field->words != nullptr ? field->words(value) : std::string{};
}

}  // namespace rw::memory

namespace rw::sync {

std::string name_of(const void* address) {
  return memory::name_of(address);
}

std::string function_name(const site& where) {
  // "auto rw::mm::(anonymous namespace)::zap<int>(mm_struct *, int) const" and the like: cut the
  // parameter list, then everything up to the last "::", blank, '*' or '&' outside <>.
  std::string name = where.function_name();
  if (name.find("operator()") != std::string::npos) return "lambda";
  static constexpr std::string_view kAnonymous = "(anonymous namespace)::";
  for (std::size_t at; (at = name.find(kAnonymous)) != std::string::npos;)
    name.erase(at, kAnonymous.size());
  std::size_t end = std::min(name.find('('), name.size());
  std::size_t start = end;
  int depth = 0;
  while (start > 0) {
    const char c = name[start - 1];
    if (c == '>') {
      ++depth;
    } else if (c == '<') {
      if (--depth == 0) end = start - 1;
    } else if (depth == 0 && (c == ':' || c == ' ' || c == '*' || c == '&')) {
      break;
    }
    --start;
  }
  return name.substr(start, end - start);
}

}  // namespace rw::sync

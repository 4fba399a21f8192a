#include "targets/kernel/lock_class.h"

#include "fuzz/sync/check.h"
#include "targets/kernel/context.h"

namespace rw::kernel {
namespace {

// A tag holds this and a class's index, so that other data is seldom taken for a tag.
constexpr std::uint32_t kTagMark = 0x10cc0000;

// All classes of the process: those defined in the source, then those named after a place.
lock_class* g_classes[kMaxClasses];
unsigned g_class_count = 0;

RW_UNINSTRUMENTED void write_tag(lock_tag* tag, const lock_class& cls) {
  tag->id.set(kTagMark + cls.index);
}

// A class named after the place that initialises a lock.
struct place_class {
  const char* file;
  unsigned line;
  unsigned column;
  char name[64];
  alignas(lock_class) unsigned char storage[sizeof(lock_class)];
};
place_class g_places[kMaxClasses];
unsigned g_place_count = 0;

RW_UNINSTRUMENTED lock_class* find_place(const sync::site& where) {
  for (unsigned i = 0; i < g_place_count; ++i) {
    place_class& p = g_places[i];
    if (p.line == where.line() && p.column == where.column() &&
        __builtin_strcmp(p.file, where.file_name()) == 0)
      return reinterpret_cast<lock_class*>(p.storage);
  }
  return nullptr;
}

RW_UNINSTRUMENTED lock_class& class_of_place(const void* lock, bool may_sleep, sync::site where) {
  {
    const sync::ghost_section section;
    if (lock_class* known = find_place(where)) return *known;
  }
  const std::string name = field_name(lock);
  const sync::ghost_section section;
  if (lock_class* known = find_place(where)) return *known;
  RW_CHECK(g_place_count < kMaxClasses, "more lock classes than lockdep has room for");
  place_class& p = g_places[g_place_count++];
  p.file = where.file_name();
  p.line = where.line();
  p.column = where.column();
  const std::size_t length = name.size() < sizeof p.name ? name.size() : sizeof p.name - 1;
  __builtin_memcpy(p.name, name.data(), length);
  p.name[length] = '\0';
  return *new (p.storage) lock_class(p.name, {.rank = 0, .may_sleep = may_sleep});
}

}  // namespace

RW_UNINSTRUMENTED lock_class::lock_class(const char* class_name) : lock_class(class_name, {}) {}

RW_UNINSTRUMENTED lock_class::lock_class(const char* class_name, rules class_rules)
    : name(class_name), how(class_rules), index(g_class_count) {
  RW_CHECK(g_class_count < kMaxClasses, "more lock classes than lockdep has room for");
  g_classes[g_class_count++] = this;
}

void lockdep_init(lock_tag* tag, lock_class& cls, bool may_sleep) {
  RW_CHECK(cls.how.may_sleep == may_sleep, "a lock's class says otherwise whether it may sleep");
  write_tag(tag, cls);
}

void lockdep_init(lock_tag* tag, const void* lock, bool may_sleep, sync::site where) {
  write_tag(tag, class_of_place(lock, may_sleep, where));
}

RW_UNINSTRUMENTED unsigned lock_class_count() {
  return g_class_count;
}

RW_UNINSTRUMENTED const lock_class& lock_class_at(unsigned index) {
  return *g_classes[index];
}

RW_UNINSTRUMENTED const lock_class* class_of_tag(const lock_tag* tag) {
  std::uint32_t id;
  __builtin_memcpy(&id, tag, sizeof id);
  const std::uint32_t index = id - kTagMark;
  return index < g_class_count ? g_classes[index] : nullptr;
}

}  // namespace rw::kernel

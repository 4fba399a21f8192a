// hazard_pointers: a reader announces what it is about to use, and does not look again.
//
//   1  T1 reads the pointer
//   2  T2 replaces the object, finds it announced by nobody and frees it
//   3  T1 announces the object and uses it
//
// Fix: having announced it, look whether the pointer is still the same.
// Source: M. M. Michael, "Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects", IEEE
// TPDS 15(6), 2004.
#include "targets/classics/classic.h"
#include "targets/kernel/kernel.h"

namespace rw::classics {
namespace {

struct Guarded {
  sync::atomic<int> value;
  sync::ghost<Guarded*> retired_before;
};

struct HazardPointers {
  sync::atomic<Guarded*> pointer{nullptr};
  sync::atomic<Guarded*> hazard[kernel::kMaxTasks];
  sync::ghost<Guarded*> retired;  // announced when they were replaced; freed at the end
};

HazardPointers* s;
kernel::kmem_cache* s_cache;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Guarded, "guarded", value)
RW_TYPE_NAMED(rw::classics::HazardPointers, "hazard_pointers", pointer, hazard)

namespace rw::classics {
namespace {

Guarded* new_object() {
  Guarded* object = kernel::kmem_cache_alloc<Guarded>(s_cache, kernel::GFP_ATOMIC);
  if (object != nullptr) object->value.store(1, sync::order::relaxed);
  return object;
}

void begin(bool planted) {
  s = sync::make<HazardPointers>();
  s_planted = planted;
  for (auto& hazard : s->hazard) kernel::init_word(&hazard, nullptr);
  s_cache = kernel::kmem_cache_create<Guarded>();
  s->pointer.store(new_object());
}

const char* use() {
  sync::atomic<Guarded*>& hazard = s->hazard[sync::current_task()];
  Guarded* object = s->pointer.load();
  hazard.store(object);
  while (!s_planted) {
    Guarded* now = s->pointer.load();
    if (now == object) break;
    object = now;
    hazard.store(object);
  }
  object->value.load();
  hazard.store(nullptr);
  return nullptr;
}

bool is_announced(const Guarded* object) {
  for (const sync::atomic<Guarded*>& hazard : s->hazard)
    if (hazard.load() == object) return true;
  return false;
}

void retire(Guarded* object) {
  const sync::ghost_section section;
  object->retired_before.set(s->retired.get());
  s->retired.set(object);
}

const char* replace() {
  Guarded* object = new_object();
  if (object == nullptr) return "no memory";
  Guarded* old = s->pointer.exchange(object);
  if (is_announced(old))
    retire(old);
  else
    kernel::kmem_cache_free(s_cache, old);
  return nullptr;
}

void finish() {
  while (Guarded* object = s->retired.get()) {
    s->retired.set(object->retired_before.get());
    kernel::kmem_cache_free(s_cache, object);
  }
  kernel::kmem_cache_free(s_cache, s->pointer.load());
}

constexpr Program kPrograms[] = {
    {.name = "hazard_pointers", .teams = {{1, 0}, {1, 1}}, .best = {}, .budget = 1'000},
};

}  // namespace

constinit const Classic hazard_pointers = {
    .name = "hazard_pointers",
    .kinds = {"use-after-free"},
    .what = "a reader announces an object without looking whether it is still there",
    .fix = "it looks again",
    .source = "Michael, IEEE TPDS 15(6), 2004",
    .begin = begin,
    .roles = {use, replace},
    .finish = finish,
    .programs = kPrograms,
};

}  // namespace rw::classics

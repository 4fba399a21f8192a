// lost_object: two tasks make the one object that is needed, and one of the two is forgotten.
//
//   1  T0 finds no object and makes one
//   2  T1 finds none either, makes one and installs it
//   3  T0 installs its own over it
//
// Fix: install with cmpxchg; the loser frees its own (anon_vma_prepare does so under a lock). Shows
// as leak within 300 executions; shrinks to 2 tasks, 2 ops, 2 switches.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct LazyObject {
  sync::atomic<std::uint32_t> users;
};

struct LostObject {
  sync::atomic<LazyObject*> installed{nullptr};
};

kernel::kmem_cache* s_cache;

LostObject* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::LazyObject, "lazy_object", users)
RW_TYPE_NAMED(rw::puzzles::LostObject, "lost_object", installed)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<LostObject>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<LazyObject>();
}

const char* prepare() {
  if (kernel::READ_ONCE(s->installed) != nullptr) return "it is there already";
  LazyObject* object = kernel::kmem_cache_alloc<LazyObject>(s_cache);
  if (s_planted)
    kernel::smp_store_release(&s->installed, object);
  else if (kernel::cmpxchg(&s->installed, nullptr, object) != nullptr)
    kernel::kmem_cache_free(s_cache, object);
  return nullptr;
}

void finish() {
  LazyObject* object = kernel::READ_ONCE(s->installed);
  if (object != nullptr) kernel::kmem_cache_free(s_cache, object);
}

}  // namespace

constinit const Puzzle lost_object = {
    .name = "lost_object",
    .kind = "leak",
    .what = "two tasks install an object where one was missing; the first is forgotten",
    .fix = "cmpxchg, and the loser frees its own",
    .begin = begin,
    .roles = {prepare},
    .finish = finish,
    .tasks = 2,
    .budget = 300,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 2},
};

}  // namespace rw::puzzles

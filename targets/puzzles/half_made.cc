// half_made: an object is published before it is filled in.
//
//   1  T0 allocates the object and publishes it
//   2  T1 finds it and reads a field nobody has written yet
//
// Fix: fill in, then publish. Shows as uninitialised-read within 1,500 executions; shrinks to 2
// tasks, 2 ops, 1 switch.
#include "targets/kernel/kernel.h"
#include "targets/puzzles/puzzle.h"

namespace rw::puzzles {
namespace {

struct FreshObject {
  sync::atomic<std::uint32_t> size;
};

struct HalfMade {
  sync::atomic<std::uint32_t> claimed{0};
  sync::atomic<FreshObject*> published{nullptr};
};

kernel::kmem_cache* s_cache;

HalfMade* s;
bool s_planted;

}  // namespace
}  // namespace rw::puzzles

RW_TYPE_NAMED(rw::puzzles::FreshObject, "fresh_object", size)
RW_TYPE_NAMED(rw::puzzles::HalfMade, "half_made", claimed, published)

namespace rw::puzzles {
namespace {

void begin(bool planted) {
  s = sync::make<HalfMade>();
  s_planted = planted;
  s_cache = kernel::kmem_cache_create<FreshObject>();
}

const char* make_and_publish() {
  if (kernel::xchg(&s->claimed, 1) != 0) return "somebody makes it already";
  FreshObject* object = kernel::kmem_cache_alloc<FreshObject>(s_cache);
  if (s_planted) kernel::smp_store_release(&s->published, object);
  kernel::WRITE_ONCE(object->size, 4);
  if (!s_planted) kernel::smp_store_release(&s->published, object);
  return nullptr;
}

const char* read_size() {
  FreshObject* object = kernel::smp_load_acquire(&s->published);
  if (object == nullptr) return "nothing is published";
  kernel::READ_ONCE(object->size);
  return nullptr;
}

void finish() {
  FreshObject* object = kernel::READ_ONCE(s->published);
  if (object != nullptr) kernel::kmem_cache_free(s_cache, object);
}

}  // namespace

constinit const Puzzle half_made = {
    .name = "half_made",
    .kind = "uninitialised-read",
    .what = "an object is published before it is filled in",
    .fix = "it is filled in first",
    .begin = begin,
    .roles = {make_and_publish, read_size},
    .finish = finish,
    .tasks = 2,
    .budget = 1'500,
    .shrunk = {.tasks = 2, .ops = 2, .switches = 1},
};

}  // namespace rw::puzzles

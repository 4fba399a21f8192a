#include "targets/kernel/slab.h"

#include "targets/kernel/failable.h"

namespace rw::kernel {

std::string object_name(const void* object) {
  const std::string name = sync::name_of(object);
  return name.substr(0, name.find('.'));
}

struct kmem_cache {
  const sync::type_info* type;
  bool type_stable;
  std::uint16_t free_list;  // index in slab_state::first_free
  unsigned live;
};

namespace {

constexpr unsigned kMaxCaches = 32;
constexpr unsigned kMaxBlocks = 16 * 1024;
constexpr unsigned kNone = ~0U;
constexpr std::uint32_t kHeaderMark = 0x51ab51ab;

// Memory for one object. What it holds changes; the block does not.
struct block {
  void* memory;
  kmem_cache* cache;  // whose object it holds, or held last
  unsigned next;      // in its free list
  std::uint32_t generation;
  bool live;
};

// Lies in front of each object, outside it.
struct block_header {
  std::uint32_t mark;
  std::uint32_t index;
  std::uint64_t unused;
};

// Shared by all tasks, changed inside ghost sections only: no lock of the kernel's is modelled
// here.
struct slab_state {
  kmem_cache caches[kMaxCaches];
  unsigned cache_count = 0;
  block blocks[kMaxBlocks];
  unsigned block_count = 0;
  // One list per type-stable cache, then one per size class (powers of two from 32 bytes).
  unsigned first_free[kMaxCaches + 32];
  slab_reuse reuse = slab_reuse::lifo;
};
slab_state g_slab;

RW_UNINSTRUMENTED std::size_t size_class(std::size_t bytes) {
  std::size_t size = 32;
  while (size < bytes) size *= 2;
  return size;
}

RW_UNINSTRUMENTED unsigned size_class_index(std::size_t bytes) {
  return static_cast<unsigned>(__builtin_ctzll(size_class(bytes)));
}

RW_UNINSTRUMENTED block_header* header_of(const void* object) {
  return reinterpret_cast<block_header*>(reinterpret_cast<std::uintptr_t>(object) -
                                         sizeof(block_header));
}

// Null if `object` never came from a cache.
RW_UNINSTRUMENTED block* block_of(const void* object) {
  if (object == nullptr) return nullptr;
  const block_header* h = header_of(object);
  if (h->mark != kHeaderMark || h->index >= g_slab.block_count) return nullptr;
  block* b = &g_slab.blocks[h->index];
  return b->memory == object ? b : nullptr;
}

RW_UNINSTRUMENTED unsigned pop_free(kmem_cache* cache) {
  unsigned& first = g_slab.first_free[cache->free_list];
  const unsigned index = first;
  if (index != kNone) first = g_slab.blocks[index].next;
  return index;
}

// A block for an object of `cache` that is live from now on; `recycled`: it held one before.
RW_UNINSTRUMENTED block* take_block(kmem_cache* cache, void* fresh, bool& recycled) {
  sync::ghost_touched(&g_slab.first_free[cache->free_list], true);
  unsigned index = fresh == nullptr ? pop_free(cache) : kNone;
  recycled = index != kNone;
  if (!recycled) {
    if (fresh == nullptr) return nullptr;
    RW_CHECK(g_slab.block_count < kMaxBlocks, "more slab objects than the table has room for");
    index = g_slab.block_count++;
    auto* header = static_cast<block_header*>(fresh);
    header->mark = kHeaderMark;
    header->index = index;
    g_slab.blocks[index].memory = header + 1;
    g_slab.blocks[index].generation = 0;
  }
  block* b = &g_slab.blocks[index];
  sync::ghost_touched(b, true);
  b->cache = cache;
  b->live = true;
  ++b->generation;
  ++cache->live;
  return b;
}

RW_UNINSTRUMENTED block* find_block(kmem_cache* cache, bool& recycled) {
  {
    const sync::ghost_section section;
    if (block* b = take_block(cache, nullptr, recycled)) return b;
  }
  void* fresh = sync::reserve(sizeof(block_header) + size_class(cache->type->size));
  const sync::ghost_section section;
  return take_block(cache, fresh, recycled);
}

// Whether `object` was a live one of `cache`, which it then is no longer.
RW_UNINSTRUMENTED bool kill_block(kmem_cache* cache, const void* object) {
  const sync::ghost_section section;
  block* b = block_of(object);
  if (b != nullptr) sync::ghost_touched(b, true);
  if (b == nullptr || !b->live || b->cache != cache) return false;
  b->live = false;
  --cache->live;
  return true;
}

RW_UNINSTRUMENTED void push_free(kmem_cache* cache, const void* object) {
  const sync::ghost_section section;
  if (g_slab.reuse == slab_reuse::quarantine) return;
  unsigned& first = g_slab.first_free[cache->free_list];
  sync::ghost_touched(&first, true);
  const unsigned index = header_of(object)->index;
  g_slab.blocks[index].next = first;
  first = index;
}

}  // namespace

RW_UNINSTRUMENTED kmem_cache* slab_create(const sync::type_info* type, slab_flags flags) {
  RW_CHECK(g_slab.cache_count < kMaxCaches, "more slab caches than the table has room for");
  const unsigned index = g_slab.cache_count++;
  kmem_cache* cache = &g_slab.caches[index];
  cache->type = type;
  cache->type_stable = (flags & SLAB_TYPESAFE_BY_RCU) != 0;
  cache->live = 0;
  cache->free_list = static_cast<std::uint16_t>(
      cache->type_stable ? index : kMaxCaches + size_class_index(type->size));
  return cache;
}

RW_UNINSTRUMENTED slab_block slab_alloc(kmem_cache* cache, gfp_t gfp, sync::site where) {
  if (gfp == GFP_KERNEL) might_sleep(where);
  if (should_fail()) {
    RW_NOTE("allocation of {} fails", cache->type->name);
    return {};
  }
  bool recycled;
  const block* b = find_block(cache, recycled);
  if (cache->type_stable && recycled) {
    // The object never died for the engine; only its order with the free is missing.
    sync::order_acquire(header_of(b->memory), where);
    RW_NOTE("{} recycled", object_name(b->memory));
    return {b->memory, false};
  }
  hooks::object_born(b->memory, cache->type->size, cache->type, where);
  return {b->memory, true};
}

RW_UNINSTRUMENTED void kmem_cache_free(kmem_cache* cache, void* object, sync::site where) {
  if (!kill_block(cache, object))
    sync::fail("double-free", {cache->type->name, sync::function_name(where)},
               fmt::format("{} is freed as a {}, but is not allocated as one", object_name(object),
                           cache->type->name),
               where);
  if (cache->type_stable) {
    sync::order_release(header_of(object), where);
    RW_NOTE("free {}", object_name(object));
  } else {
    hooks::object_died(object, where);
  }
  push_free(cache, object);
}

RW_UNINSTRUMENTED std::uint32_t slab_generation(const void* object) {
  const sync::ghost_section section;
  const block* b = block_of(object);
  if (b != nullptr) sync::ghost_touched(b, false);
  return b != nullptr ? b->generation : 0;
}

RW_UNINSTRUMENTED bool slab_is_live(const void* object) {
  const sync::ghost_section section;
  const block* b = block_of(object);
  if (b != nullptr) sync::ghost_touched(b, false);
  return b != nullptr && b->live;
}

RW_UNINSTRUMENTED unsigned kmem_cache_live_objects(const kmem_cache* cache) {
  const sync::ghost_section section;
  return cache->live;
}

RW_UNINSTRUMENTED void slab_check_leaks(sync::site where) {
  for (unsigned i = 0; i < g_slab.cache_count; ++i) {
    const kmem_cache& cache = g_slab.caches[i];
    if (cache.live == 0) continue;
    const void* first = nullptr;
    for (unsigned k = g_slab.block_count; k-- > 0;)
      if (g_slab.blocks[k].live && g_slab.blocks[k].cache == &cache)
        first = g_slab.blocks[k].memory;
    sync::fail("leak", {cache.type->name},
               fmt::format("{} {} left, {} among them", cache.live, cache.type->name,
                           sync::name_of(first)),
               where);
  }
}

RW_UNINSTRUMENTED void slab_begin_execution(slab_reuse reuse) {
  g_slab.cache_count = 0;
  g_slab.block_count = 0;
  g_slab.reuse = reuse;
  for (unsigned& first : g_slab.first_free) first = kNone;
}

}  // namespace rw::kernel

// slab: caches of objects, type-stable or not, with the reuse that makes use-after-free bite.
//
// Models mm/slub.c as its users see it (2.6.27 to today).
// - A SLAB_TYPESAFE_BY_RCU cache keeps its memory for its type: a reader may see a freed object,
//   and may find a new one of the same type in its place. Its constructor runs once per memory, not
//   per allocation, and an allocation of recycled memory writes nothing.
// - Other caches of one size class share free memory (slab merging, and pages going back to the
//   buddy allocator), so that a freed object can come back as another type.
// - Reuse is LIFO (the kernel's, and the cruellest) or quarantine (never within an execution).
// Promises: the free lists are bookkeeping: no step, no happens-before but the one from an object's
// free to the next allocation of its memory. Double free is a failure.
// Changed: type-stable memory is never given back to the page allocator within an execution.
// Left out: constructors of other than type-stable caches, kmalloc, bulk allocation, NUMA.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <string>

#include "fuzz/sync/sync.h"
#include "targets/kernel/context.h"

namespace rw::kernel {

enum class slab_reuse : std::uint8_t { lifo, quarantine };

enum slab_flags : std::uint8_t { SLAB_NONE = 0, SLAB_TYPESAFE_BY_RCU = 1 };

struct kmem_cache;  // lives until the execution ends

// What slab.cc hands to the templates below.
struct slab_block {
  void* memory = nullptr;  // null: the allocation failed
  bool construct = false;  // this memory holds no object of the type yet
};
kmem_cache* slab_create(const sync::type_info* type, slab_flags flags);
slab_block slab_alloc(kmem_cache* cache, gfp_t gfp, sync::site where);

// A cache of Ts, named by T's type_info (RW_TYPE_NAMED). Call from Target::begin.
template <typename T>
kmem_cache* kmem_cache_create(slab_flags flags = SLAB_NONE) {
  return slab_create(sync::type_of<T>(), flags);
}

// Returns null if the allocation fails (failable.h). GFP_KERNEL may sleep.
// Other than type-stable: default-initialised, so fields without an initialiser are uninitialised.
// Type-stable: default-initialised and then `ctor`-ed when the memory is new; else as it was left.
template <typename T>
T* kmem_cache_alloc(kmem_cache* cache, gfp_t gfp = GFP_KERNEL, void (*ctor)(T*) = nullptr,
                    sync::site where = sync::site::current()) {
  const slab_block block = slab_alloc(cache, gfp, where);
  if (block.memory == nullptr || !block.construct) return static_cast<T*>(block.memory);
  T* object = new (block.memory) T;
  if (ctor != nullptr) ctor(object);
  return object;
}

// Fails with "double-free" if the object is not allocated; a foreign pointer is "double-free" too.
void kmem_cache_free(kmem_cache* cache, void* object, sync::site where = sync::site::current());

// ---- for oracles: ghost data, any object that once came from a cache ----------------------------

// How often the object's memory has been allocated, from 1. Changes exactly when it is recycled.
std::uint32_t slab_generation(const void* object);
// The model name of an object, "page#1"; sync::name_of adds the field at its start.
std::string object_name(const void* object);
bool slab_is_live(const void* object);
unsigned kmem_cache_live_objects(const kmem_cache* cache);
// Fails with "leak", naming the type, if a cache has a live object.
void slab_check_leaks(sync::site where = sync::site::current());

void slab_begin_execution(slab_reuse reuse);

}  // namespace rw::kernel

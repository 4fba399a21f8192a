// The world: everything an execution starts from, and what programs can name.
//
// Made anew by begin(): two files; one process, mm0, that has run already: an anonymous area at
// 0x0 and 0x1, the first page of f0 at 0x2, and an anonymous area at 0x3. It has touched 0x0 and
// 0x2. The other slots are empty until a fork, page_get_anon_vma or register fills them.
//
// A slot is what a task_struct or a file descriptor is to the kernel: a lock and a reference.
#pragma once

#include "targets/mm/file.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/mmu_gather_cpu.h"
#include "targets/mm/mmu_notifier.h"
#include "targets/mm/page.h"
#include "targets/mm/subscriber.h"
#include "targets/mm/swap.h"
#include "targets/mm/tlb.h"

namespace rw::mm {

inline constexpr unsigned kHandles = 2;
inline constexpr unsigned kDevices = 2;

struct mm_slot {
  spinlock_t lock;
  sync::cell<mm_struct*> mm;           // null: empty. One mm_users
  sync::cell<std::uint32_t> reserved;  // a fork will fill it
};

struct device_slot {
  spinlock_t lock;
  sync::cell<subscriber*> device;  // null: empty. One user
  sync::cell<const subscriber_driver*> driver;
  sync::cell<std::uint32_t> reserved;
};

// A pinned anon_vma, or null.
struct handle_slot {
  sync::atomic<mm::anon_vma*> anon_vma;
};

struct stable_node;

struct world {
  mm_slot mms[kMms];
  device_slot devices[kDevices];
  handle_slot handles[kHandles];
  cpu cpus[kMaxCpus];
  cpu_gather cpu_gathers[kMaxCpus];
  mutex mm_all_locks_mutex;
  mutex global_lock;
  sync::cell<std::uint32_t> global_lock_depth[kMaxCpus];  // each its own task's
  rw_semaphore notifier_pairs;
  srcu_struct srcu;
  srcu_struct notifier_pairs_srcu;
  srcu_struct vma_srcu;  // areas, for faults that look at them without a lock
  spinlock_t lru_lock;
  sync::cell<page*> lru_newest;  // under lru_lock
  mutex ksm_thread_mutex;
  sync::cell<stable_node*> stable_nodes;  // under ksm_thread_mutex
  spinlock_t swap_lock;
  sync::cell<std::uint32_t> swap_slots_born;  // under swap_lock

  // Constant for the execution.
  file* files[kFiles];
  page* mem_map;
  swap_slot* swap;
  frame_allocator* frames;
  frame_allocator* huge_frames;
  kmem_cache* mm_cache;
  kmem_cache* vma_cache;
  kmem_cache* vma_table_cache;
  kmem_cache* anon_vma_cache;
  kmem_cache* anon_vma_chain_cache;
  kmem_cache* notifier_mm_cache;
  kmem_cache* mm_lock_data_cache;
  kmem_cache* pte_table_cache;
  kmem_cache* mmu_gather_batch_cache;
  kmem_cache* stable_node_cache;
  kmem_cache* rmap_item_cache;
};

extern world* g_world;
inline world& w() {
  return *g_world;
}

// A new execution begins: makes all this anew, each part by its own *_begin().
void world_begin();
// Every process exits, every device closes, every pin is dropped, every file page goes.
void world_end();

// A slot's mm with mm_users raised, or null. mmput it.
mm_struct* get_slot_mm(unsigned slot);
// Empties the slot; the caller gets its mm_users. Null: it was empty.
mm_struct* take_slot_mm(unsigned slot);
// False: the slot is not empty.
bool reserve_slot_mm(unsigned slot);
// `mm` null: the reservation is given back.
void fill_slot_mm(unsigned slot, mm_struct* mm);

// The same for devices.
subscriber* get_slot_device(unsigned slot, const subscriber_driver** driver);
subscriber* take_slot_device(unsigned slot, const subscriber_driver** driver);
bool reserve_slot_device(unsigned slot);
void fill_slot_device(unsigned slot, subscriber* device, const subscriber_driver* driver);

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::world, "world", mms, devices, handles, cpus, cpu_gathers, mm_all_locks_mutex,
              global_lock, global_lock_depth, notifier_pairs, srcu, vma_srcu, lru_lock, lru_newest,
              ksm_thread_mutex, stable_nodes, swap_lock, swap_slots_born)

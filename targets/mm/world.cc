#include "targets/mm/world.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/data_oracle.h"
#include "targets/mm/design.h"
#include "targets/mm/fault.h"
#include "targets/mm/ksm.h"
#include "targets/mm/mmap.h"
#include "targets/mm/mmu_gather.h"
#include "targets/mm/oracle.h"
#include "targets/mm/oracle_pairs.h"
#include "targets/mm/speculative_fault.h"
#include "targets/mm/vma_lock.h"
#include "targets/mm/zero_page.h"

namespace rw::mm {

world* g_world = nullptr;

namespace {

// A slot is made when it is first looked at: an execution pays for what it uses.
void init_slots() {
  for (auto& slot : w().mms) {
    spin_lock_init(&slot.lock, slot_lock_class);
    slot.mm.set(nullptr);
    slot.reserved.set(0);
  }
  for (auto& slot : w().devices) {
    spin_lock_init(&slot.lock, slot_lock_class);
    slot.device.set(nullptr);
    slot.reserved.set(0);
  }
  for (auto& slot : w().handles) new (&slot.anon_vma) sync::atomic<anon_vma*>(nullptr);
}

void init_locks() {
  mutex_init(&w().mm_all_locks_mutex, mm_all_locks_class);
  init_rwsem(&w().notifier_pairs, notifier_pairs_class);
  init_srcu_struct(&w().srcu);
  init_srcu_struct(&w().notifier_pairs_srcu);
  if (faults_are_speculative()) init_srcu_struct(&w().vma_srcu);
  spin_lock_init(&w().lru_lock, lru_lock_class);
  w().lru_newest.set(nullptr);
  spin_lock_init(&w().swap_lock, swap_lock_class);
}

void map_first_process() {
  mm_struct* mm = mm_alloc();
  do_mmap(mm, 0, 2, nullptr, VM_WRITE);
  do_mmap(mm, 2, 1, w().files[0], VM_WRITE | VM_SHARED | VM_MAYSHARE);
  do_mmap(mm, 3, 1, nullptr, VM_WRITE);
  fault_in(mm, 0, true);
  fault_in(mm, 2, false);
  fill_slot_mm(0, mm);
}

}  // namespace

void world_begin() {
  g_world = sync::make<world>();
  init_slots();
  init_locks();
  oracle_begin();
  oracle_pairs_begin();
  data_begin();
  pages_begin(design().slab_reuse == slab_reuse::lifo ? kernel::slab_reuse::lifo
                                                      : kernel::slab_reuse::quarantine);
  zero_pages_begin();
  swap_begin();
  cpus_begin();
  page_tables_begin();
  mmu_gathers_begin();
  w().mm_cache = kmem_cache_create<mm_struct>();
  w().vma_cache = vma_cache_create();
  w().vma_table_cache = kmem_cache_create<vma_table>();
  w().notifier_mm_cache = kmem_cache_create<mmu_notifier_mm>();
  w().mm_lock_data_cache = kmem_cache_create<mm_lock_data>();
  mutex_init(&w().global_lock, global_lock_class);
  for (auto& depth : w().global_lock_depth) depth.set(0);
  anon_vmas_begin();
  for (const subscriber_driver* driver : subscriber_drivers()) driver->begin();
  ksm_begin();
  files_begin();
  map_first_process();
}

void world_end() {
  for (unsigned i = 0; i < kMms; ++i)
    if (mm_struct* mm = take_slot_mm(i)) mmput(mm);
  for (unsigned i = 0; i < kDevices; ++i) {
    const subscriber_driver* driver;
    if (subscriber* device = take_slot_device(i, &driver)) driver->put(device);
  }
  for (auto& handle : w().handles)
    if (anon_vma* av = xchg(&handle.anon_vma, nullptr)) put_anon_vma(av);
  for (file* f : w().files) do_truncate(f, 0);
  ksm_end();
}

mm_struct* get_slot_mm(unsigned slot) {
  mm_slot& s = w().mms[slot];
  sync::operation scope("get_task_mm", &s);
  spin_lock(&s.lock);
  mm_struct* mm = s.mm.get();
  // The slot's own user keeps mm_users above zero while the lock is held.
  if (mm != nullptr) mmget_not_zero(mm);
  spin_unlock(&s.lock);
  return mm;
}

mm_struct* take_slot_mm(unsigned slot) {
  mm_slot& s = w().mms[slot];
  spin_lock(&s.lock);
  mm_struct* mm = s.mm.get();
  s.mm.set(nullptr);
  spin_unlock(&s.lock);
  return mm;
}

bool reserve_slot_mm(unsigned slot) {
  mm_slot& s = w().mms[slot];
  spin_lock(&s.lock);
  const bool empty = s.mm.get() == nullptr && s.reserved.get() == 0;
  if (empty) s.reserved.set(1);
  spin_unlock(&s.lock);
  return empty;
}

void fill_slot_mm(unsigned slot, mm_struct* mm) {
  mm_slot& s = w().mms[slot];
  spin_lock(&s.lock);
  s.mm.set(mm);
  s.reserved.set(0);
  spin_unlock(&s.lock);
}

subscriber* get_slot_device(unsigned slot, const subscriber_driver** driver) {
  device_slot& s = w().devices[slot];
  spin_lock(&s.lock);
  subscriber* device = s.device.get();
  if (device != nullptr) {
    *driver = s.driver.get();
    (*driver)->get(device);
  }
  spin_unlock(&s.lock);
  return device;
}

subscriber* take_slot_device(unsigned slot, const subscriber_driver** driver) {
  device_slot& s = w().devices[slot];
  spin_lock(&s.lock);
  subscriber* device = s.device.get();
  if (device != nullptr) *driver = s.driver.get();
  s.device.set(nullptr);
  spin_unlock(&s.lock);
  return device;
}

bool reserve_slot_device(unsigned slot) {
  device_slot& s = w().devices[slot];
  spin_lock(&s.lock);
  const bool empty = s.device.get() == nullptr && s.reserved.get() == 0;
  if (empty) s.reserved.set(1);
  spin_unlock(&s.lock);
  return empty;
}

void fill_slot_device(unsigned slot, subscriber* device, const subscriber_driver* driver) {
  device_slot& s = w().devices[slot];
  spin_lock(&s.lock);
  s.device.set(device);
  s.driver.set(driver);
  s.reserved.set(0);
  spin_unlock(&s.lock);
}

}  // namespace rw::mm

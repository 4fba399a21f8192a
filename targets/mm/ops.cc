#include "targets/mm/ops.h"

#include "targets/mm/anon_vma.h"
#include "targets/mm/design.h"
#include "targets/mm/exec.h"
#include "targets/mm/fault.h"
#include "targets/mm/fork.h"
#include "targets/mm/khugepaged.h"
#include "targets/mm/ksm.h"
#include "targets/mm/migrate.h"
#include "targets/mm/mmap.h"
#include "targets/mm/numa.h"
#include "targets/mm/oom.h"
#include "targets/mm/outcome.h"
#include "targets/mm/reach.h"
#include "targets/mm/reclaim.h"
#include "targets/mm/validate.h"
#include "targets/mm/world.h"
#include "targets/mm/zap.h"

namespace rw::mm {

namespace {

constexpr const char* kNoMm = "the mm does not exist";
constexpr const char* kNoDevice = "the device is closed";
constexpr const char* kSlotInUse = "the child's slot is in use";
constexpr const char* kNotRegistered = "no memory, or more locks than register_cap allows";
constexpr const char* kTakenAway = "an invalidation took the translation away again";
constexpr const char* kMmGone = "the device's mm has exited";

constexpr bool kIsWrite[] = {false, true};

// mm1, mm2, mm0: kChildWords of mm_target.cc.
unsigned child_slot(std::uint8_t operand) {
  return (operand + 1U) % kMms;
}

// What an area is of, in the order of kBackingWords of mm_target.cc.
struct backing {
  int file_number;  // -1: anonymous
  std::uint32_t flags;
};
constexpr backing kBackings[] = {{-1, VM_WRITE},
                                 {0, VM_WRITE | VM_SHARED | VM_MAYSHARE},
                                 {1, VM_WRITE | VM_SHARED | VM_MAYSHARE},
                                 {-1, VM_WRITE | VM_HUGEPAGE},
                                 {0, VM_WRITE},
                                 {-1, VM_HUGEPAGE}};

// Runs f(mm) with mm_users held.
template <typename F>
const char* with_mm(unsigned slot, F f) {
  mm_struct* mm = get_slot_mm(slot);
  if (mm == nullptr) return kNoMm;
  const char* why = f(mm);
  mmput(mm);
  return why;
}

// Runs f(driver, device) with a user of the device and of its mm: the guest is a task of that mm.
template <typename F>
const char* with_device(unsigned slot, F f) {
  const subscriber_driver* driver = nullptr;
  subscriber* device = get_slot_device(slot, &driver);
  if (device == nullptr) return kNoDevice;
  const char* why = kMmGone;
  mm_struct* mm = driver->mm(device);
  if (mmget_not_zero(mm)) {
    why = f(*driver, device);
    mmput(mm);
  }
  driver->put(device);
  return why;
}

}  // namespace

const char* op_mmap(const std::uint8_t* o) {
  constexpr unsigned kLengths[] = {1, 2, 4};
  const backing& b = kBackings[o[3]];
  file* f = b.file_number >= 0 ? w().files[b.file_number] : nullptr;
  return with_mm(o[0],
                 [&](mm_struct* mm) { return do_mmap(mm, o[1], kLengths[o[2]], f, b.flags); });
}

const char* op_munmap(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return vm_munmap_area(mm, o[1]); });
}

const char* op_munmap_page(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return vm_munmap(mm, o[1], o[1] + 1U); });
}

const char* op_mprotect(const std::uint8_t* o) {
  return with_mm(o[0],
                 [&](mm_struct* mm) { return do_mprotect(mm, o[1], o[1] + 1U, kIsWrite[o[2]]); });
}

const char* op_mremap(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return do_mremap(mm, o[1], o[2]); });
}

const char* op_madvise_dontneed(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return do_madvise_dontneed(mm, o[1]); });
}

const char* op_forced_write(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return access_remote_vm(mm, o[1], true); });
}

const char* op_remote_read(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return access_remote_vm(mm, o[1], false); });
}

const char* op_ksm_merge(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) {
    return with_mm(o[2], [&](mm_struct* other) { return do_ksm_merge({mm, o[1]}, {other, o[3]}); });
  });
}

const char* op_change_prot_numa(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return do_change_prot_numa(mm, o[1]); });
}

const char* op_collapse(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return do_collapse(mm, o[1]); });
}

const char* op_fault(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return fault_in(mm, o[1], kIsWrite[o[2]]); });
}

const char* op_cpu_read(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return access_page(mm, o[1], false); });
}

const char* op_cpu_write(const std::uint8_t* o) {
  return with_mm(o[0], [&](mm_struct* mm) { return access_page(mm, o[1], true); });
}

const char* op_fork(const std::uint8_t* o) {
  const unsigned slot = child_slot(o[0]);
  if (!reserve_slot_mm(slot)) return kSlotInUse;
  mm_struct* child = nullptr;
  const char* why = with_mm(o[1], [&](mm_struct* parent) {
    child = dup_mm(parent);
    return child != nullptr ? nullptr : kNoMemory;
  });
  fill_slot_mm(slot, child);
  return why;
}

const char* op_exec(const std::uint8_t* o) {
  const unsigned slot = child_slot(o[0]);
  if (!reserve_slot_mm(slot)) return kSlotInUse;
  mm_struct* mm = do_exec();
  fill_slot_mm(slot, mm);
  return mm != nullptr ? nullptr : no_memory();
}

const char* op_exit(const std::uint8_t* o) {
  mm_struct* mm = take_slot_mm(o[0]);
  if (mm == nullptr) return kNoMm;
  mmput(mm);
  return nullptr;
}

const char* op_truncate(const std::uint8_t* o) {
  do_truncate(w().files[o[0]], o[1]);
  return nullptr;
}

const char* op_invalidate_page(const std::uint8_t* o) {
  return do_invalidate(w().files[o[0]], o[1]);
}

const char* op_writeback(const std::uint8_t* o) {
  return do_writeback(w().files[o[0]], o[1]);
}

const char* op_oom_reap(const std::uint8_t* o) {
  return with_mm(o[0], [](mm_struct* mm) { return do_oom_reap(mm); });
}

const char* op_reclaim(const std::uint8_t* o) {
  return do_reclaim(o[0]);
}
const char* op_migrate(const std::uint8_t* o) {
  return do_migrate(o[0]);
}
const char* op_validate_mm(const std::uint8_t* o) {
  return with_mm(o[0], [](mm_struct* mm) -> const char* {
    validate_mm(mm);
    return nullptr;
  });
}
const char* op_huge_pmd_share(const std::uint8_t* o) {
  return do_huge_pmd_share(o[0]);
}
const char* op_page_referenced(const std::uint8_t*) {
  return do_page_referenced();
}

const char* op_page_get_anon_vma(const std::uint8_t* o) {
  if (READ_ONCE(w().handles[o[0]].anon_vma) != nullptr) return "the handle is in use";
  page* p = lru_get(o[1]);
  if (p == nullptr) return "there is no such page on the LRU list";
  anon_vma* av = page_get_anon_vma(p);
  put_page(p);
  if (av == nullptr) return "the page has no anon_vma that could be pinned";
  if (cmpxchg(&w().handles[o[0]].anon_vma, nullptr, av) == nullptr) return nullptr;
  put_anon_vma(av);
  return "another task took the handle";
}

const char* op_put_anon_vma(const std::uint8_t* o) {
  anon_vma* av = xchg(&w().handles[o[0]].anon_vma, nullptr);
  if (av == nullptr) return "the handle holds nothing";
  put_anon_vma(av);
  return nullptr;
}

const char* op_register(const std::uint8_t* o) {
  const subscriber_driver* driver = subscriber_drivers()[o[2]];
  if (driver->sleeps && design().callbacks == callbacks::atomic)
    return "the driver's callbacks sleep, which this kernel does not allow";
  if (!reserve_slot_device(o[0])) return "the device is open";
  subscriber* device = nullptr;
  const char* why = with_mm(o[1], [&](mm_struct* mm) {
    device = driver->open(mm);
    return device != nullptr ? nullptr : kNotRegistered;
  });
  fill_slot_device(o[0], device, driver);
  if (why == kNotRegistered) reached(reach_counter::allocation_failed);
  return why;
}

const char* op_unregister(const std::uint8_t* o) {
  const subscriber_driver* driver = nullptr;
  subscriber* device = take_slot_device(o[0], &driver);
  if (device == nullptr) return kNoDevice;
  driver->put(device);
  return nullptr;
}

const char* op_secondary_fault(const std::uint8_t* o) {
  return with_device(o[0], [&](const subscriber_driver& driver, subscriber* device) {
    return driver.fault(device, o[1], kIsWrite[o[2]]);
  });
}

const char* op_secondary_access(const std::uint8_t* o) {
  return with_device(o[0], [&](const subscriber_driver& driver, subscriber* device) -> const char* {
    const bool write = kIsWrite[o[2]];
    if (driver.access(device, o[1], write)) return nullptr;
    if (const char* why = driver.fault(device, o[1], write)) return why;
    return driver.access(device, o[1], write) ? nullptr : kTakenAway;
  });
}

const char* op_fail_next_allocation(const std::uint8_t* o) {
  fail_next_allocation(o[0] + 1U);
  return nullptr;
}

}  // namespace rw::mm

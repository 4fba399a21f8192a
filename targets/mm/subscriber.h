// What a device's driver offers to the ops table and the oracles; the drivers are in
// targets/device.
//
// A device has one user per op that uses it and one for the slot that programs name (d0). The last
// one closes it.
#pragma once

#include <cstdint>
#include <span>

#include "targets/mm/locks.h"

namespace rw::mm {

struct mm_struct;
struct page;

struct subscriber;  // the driver knows what it is

struct subscriber_driver {
  const char* name;
  bool sleeps;  // its callbacks do
  // A new execution: makes its caches.
  void (*begin)();
  // A device with one user, registered with `mm`, whose mm_users the caller holds. Null: no memory.
  subscriber* (*open)(mm_struct* mm);
  void (*get)(subscriber*);
  // The last user unregisters and frees it. May sleep.
  void (*put)(subscriber*);
  // Its address space; may be dead.
  mm_struct* (*mm)(subscriber*);
  // Maps a page of the mm, whose mm_users the caller holds. Null: done, or why not.
  const char* (*fault)(subscriber*, unsigned address, bool write);
  // One access through its own page table; false: that has no such translation.
  bool (*access)(subscriber*, unsigned address, bool write);
  // For oracles, no step: the first of its live devices that maps the page, or null.
  const subscriber* (*who_maps)(const page*);
  // ... that may write to a page of [start, end) of `mm`, or null.
  const subscriber* (*who_writes)(const mm_struct* mm, unsigned start, unsigned end);
  // For oracles, no step: how many references its live devices hold on the page. Null: none ever.
  unsigned (*references)(const page*);
  // Fails if a device that is still linked has an unfinished invalidation, or more ends than
  // starts.
  void (*check_balance)();
};

// In a fixed order (targets/device/drivers.cc is the one place to add one).
std::span<const subscriber_driver* const> subscriber_drivers();

}  // namespace rw::mm

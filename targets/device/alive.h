// The devices of one driver that are not freed, for the oracles.
//
// Promises: ghost data, no step. A device has a field `next_alive`.
#pragma once

#include "fuzz/sync/sync.h"

namespace rw::device {

template <typename Device>
void join_alive(sync::ghost<Device*>* first, Device* device) {
  sync::ghost_section section;
  device->next_alive.set(first->get());
  first->set(device);
}

template <typename Device>
void leave_alive(sync::ghost<Device*>* first, Device* device) {
  sync::ghost_section section;
  sync::ghost<Device*>* link = first;
  while (link->get() != device) link = &link->get()->next_alive;
  link->set(device->next_alive.get());
}

}  // namespace rw::device

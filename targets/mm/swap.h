// Swap: where the data of an unmapped anonymous page goes.
//
// Models the swap map and swap entries of 3.8: a slot has a count of ptes that name it (and one of
// the reclaim that fills it) and holds a page's token.
// Changed: there is no swap cache. What its locked page does, the slot's lock does: reclaim holds
// it from before the first pte names the slot until the data is there, a fault while it reads the
// data and installs its page. So each pte that names a slot gets a page of its own.
#pragma once

#include "targets/mm/locks.h"

namespace rw::mm {

inline constexpr unsigned kSwapSlots = 8;

struct swap_slot {
  mutex lock;
  sync::cell<std::uint32_t> count;  // under world.swap_lock; 0: free
  sync::coherent<std::uint64_t> data;
};

void swap_begin();
// A free slot with a count of one; -1: swap is full.
int get_swap_page();
void swap_duplicate(unsigned slot);
void swap_free(unsigned slot, sync::site where = sync::site::current());
swap_slot* swap_slot_at(unsigned slot);

// For oracles: no step.
unsigned swap_count_peek(unsigned slot);

}  // namespace rw::mm

RW_TYPE_NAMED(rw::mm::swap_slot, "swap_slot", lock, count, data)

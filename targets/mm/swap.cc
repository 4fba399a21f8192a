#include "targets/mm/swap.h"

#include "targets/mm/oracle.h"
#include "targets/mm/world.h"

namespace rw::mm {

void swap_begin() {
  // Reserved memory is zero; a slot's struct is born when it is first used.
  w().swap = static_cast<swap_slot*>(sync::reserve(kSwapSlots * sizeof(swap_slot)));
  w().swap_slots_born.set(0);
}

int get_swap_page() {
  spin_lock(&w().swap_lock);
  unsigned slot = 0;
  const unsigned born = w().swap_slots_born.get();
  while (slot < born && w().swap[slot].count.get() != 0) ++slot;
  if (slot == kSwapSlots) {
    spin_unlock(&w().swap_lock);
    return -1;
  }
  swap_slot* s = &w().swap[slot];
  if (slot == born) {
    hooks::object_born(s, sizeof(swap_slot), sync::type_of<swap_slot>(), sync::site::current());
    new (s) swap_slot;
    mutex_init(&s->lock, swap_slot_class);
    new (&s->data) sync::coherent<std::uint64_t>(0);
    w().swap_slots_born.set(born + 1);
  }
  s->count.set(1);
  spin_unlock(&w().swap_lock);
  return static_cast<int>(slot);
}

void swap_duplicate(unsigned slot) {
  spin_lock(&w().swap_lock);
  w().swap[slot].count.add(1);
  spin_unlock(&w().swap_lock);
}

void swap_free(unsigned slot, sync::site where) {
  spin_lock(&w().swap_lock, where);
  const std::uint32_t count = w().swap[slot].count.get();
  if (count == 0)
    sync::fail("refcount", {"swap_slot.count", sync::function_name(where)},
               object_name(&w().swap[slot]) + " is freed although no pte names it", where);
  w().swap[slot].count.set(count - 1);
  spin_unlock(&w().swap_lock, where);
}

swap_slot* swap_slot_at(unsigned slot) {
  return &w().swap[slot];
}

unsigned swap_count_peek(unsigned slot) {
  return slot < w().swap_slots_born.peek() ? w().swap[slot].count.peek() : 0;
}

}  // namespace rw::mm

// What an access by a device does to the contents of a page, whatever the driver.
//
// Promises: one load or store of the page's token, told to the data oracle as an access of the
// device's mm. Leaves out: whether the device may, and what keeps its translation meanwhile.
#pragma once

#include "targets/mm/data_oracle.h"
#include "targets/mm/oracle.h"
#include "targets/mm/page.h"

namespace rw::device {

// `token`: what is written, or gets what is read.
inline void access_contents(const mm::mm_struct* mm, unsigned address, mm::page* p, bool write,
                            std::uint64_t* token, sync::site where = sync::site::current()) {
  if (write) {
    kernel::WRITE_ONCE(p->content, *token, where);
    mm::oracle_written(p, where);
    mm::data_write(mm::data_key(mm, address), *token);
  } else {
    *token = kernel::READ_ONCE(p->content, where);
    mm::data_read(mm::data_key(mm, address), *token, where);
  }
}

}  // namespace rw::device

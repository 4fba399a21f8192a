// All drivers of this build: the one place to add one (and its word in mm_target.cc's
// kDriverWords).
#include "targets/device/gru.h"
#include "targets/device/kvm.h"
#include "targets/device/xpmem.h"

namespace rw::mm {

std::span<const subscriber_driver* const> subscriber_drivers() {
  static const subscriber_driver* const drivers[] = {&device::kvm_driver(), &device::xpmem_driver(),
                                                     &device::gru_driver()};
  return drivers;
}

}  // namespace rw::mm

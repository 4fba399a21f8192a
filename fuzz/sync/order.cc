#include "fuzz/sync/order.h"

namespace rw::sync {

const char* order_name(order o) {
  switch (o) {
    case order::relaxed:
      return "relaxed";
    case order::consume:
      return "consume";
    case order::acquire:
      return "acquire";
    case order::release:
      return "release";
    case order::acq_rel:
      return "acq_rel";
    case order::seq_cst:
      return "seq_cst";
    case order::full:
      return "full";
    case order::wmb:
      return "wmb";
    case order::rmb:
      return "rmb";
  }
  return "?";
}

}  // namespace rw::sync

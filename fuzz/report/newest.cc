#include "fuzz/report/newest.h"

#include <utility>

namespace rw::report {

using exec::Event;
using exec::EventKind;

bool chooses_value(const Event& e) {
  return e.kind == EventKind::choice && (e.text == "stale_load" || e.text == "early_store");
}

std::string Newest::event(const Event& e, const Values& values) {
  if (chooses_value(e)) older_[e.task] = e.after != 0;
  const bool stores = e.kind == EventKind::store || e.kind == EventKind::rmw;
  if (!stores && e.kind != EventKind::load) return "";
  const bool older = std::exchange(older_[e.task], false);
  if (!older) {
    if (stores) newest_[e.location] = &e;
    return "";
  }
  const auto newest = newest_.find(e.location);
  if (newest == newest_.end()) return stores ? "not the newest value" : "stale";
  const std::string value = values.after(*newest->second);
  return stores ? "in front of the newest value, " + value : "stale: by now it is " + value;
}

}  // namespace rw::report

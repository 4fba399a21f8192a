#include "fuzz/report/object_states.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "fuzz/report/interest.h"
#include "fuzz/report/layout.h"
#include "fuzz/report/values.h"

namespace rw::report {

namespace {

using exec::Event;
using exec::EventKind;

struct Change {
  long row = -1;                     // -1: before the first
  std::optional<std::string> value;  // empty: unknown
  unsigned task = 0;
};

struct Field {
  std::string name;
  std::optional<std::string> before;  // its value before the first change
  std::vector<Change> changes;
};

struct Thing {
  std::string name;
  std::size_t number = 0;  // in the order in which the trace names them
  long born = -1, died = -1;
  unsigned died_by = 0;
  std::set<long> uses;
  std::map<std::uint32_t, Field> fields;  // by location
};

class Follower {
 public:
  Follower(const exec::Trace& trace, const exec::Failure* failure, const Picture& picture)
      : trace_(trace), failure_(failure), picture_(picture), values_(trace) {
    for (const Event& e : trace.events) {
      if (e.kind == EventKind::acquired) locks_.insert(e.object);
      only_setup_ = only_setup_ && e.phase == 0;
    }
  }

  std::vector<Thing> follow() {
    for (std::size_t i = 0; i < trace_.events.size(); ++i) event(i);
    const auto rank = [&](const Thing& t) {
      const bool named = failure_ != nullptr && mentions(failure_->message, t.name);
      const long first = t.uses.empty() ? std::numeric_limits<long>::max() : *t.uses.begin();
      return std::make_tuple(!named, first, t.number);
    };
    std::sort(things_.begin(), things_.end(),
              [&](const Thing& a, const Thing& b) { return rank(a) < rank(b); });
    return std::move(things_);
  }

 private:
  void event(std::size_t i) {
    const Event& e = trace_.events[i];
    if (e.object.find('#') == std::string::npos || locks_.contains(e.object)) return;
    const bool life = e.kind == EventKind::born || e.kind == EventKind::died;
    if (!life && !is_access(e)) return;
    const bool before_rows = e.phase == 0 && !only_setup_;
    const long row = before_rows ? -1 : static_cast<long>(row_at(picture_, i));
    Thing& thing = thing_of(object_of(e.object));
    if (e.kind == EventKind::born) thing.born = row;
    if (e.kind == EventKind::died) {
      thing.died = row;
      thing.died_by = e.task;
    }
    if (row >= 0) thing.uses.insert(row);
    if (!life) access(thing, e, row);
  }

  Thing& thing_of(const std::string& name) {
    const auto [at, is_new] = index_.emplace(name, things_.size());
    if (is_new)
      things_.push_back({.name = name, .number = things_.size(), .uses = {}, .fields = {}});
    return things_[at->second];
  }

  void access(Thing& thing, const Event& e, long row) {
    Field& field = thing.fields[e.location];
    const std::size_t dot = e.object.find('.');
    field.name = dot == std::string::npos ? e.object : e.object.substr(dot + 1);
    if (e.kind == EventKind::plain_read && !e.known) return;
    if (e.kind == EventKind::plain_write) {
      plain_write(field, e, row);
      return;
    }
    const bool reads = e.kind == EventKind::load || e.kind == EventKind::plain_read;
    if (field.changes.empty() && !field.before)
      field.before = reads ? values_.after(e) : values_.before(e);
    if (!reads && e.before != e.after) field.changes.push_back({row, values_.after(e), e.task});
  }

  void plain_write(Field& field, const Event& e, long row) const {
    std::optional<std::string> value;
    if (e.known) value = values_.after(e);
    const auto& old = field.changes.empty() ? field.before : field.changes.back().value;
    if (!value || value != old) field.changes.push_back({row, value, e.task});
  }

  const exec::Trace& trace_;
  const exec::Failure* failure_;
  const Picture& picture_;
  Values values_;
  bool only_setup_ = true;  // the rows are those of set-up
  std::set<std::string> locks_;
  std::map<std::string, std::size_t> index_;
  std::vector<Thing> things_;
};

// Elements of an array have one name; the distance from the first one seen tells them apart.
std::string distinct_name(const Thing& thing, std::uint32_t location) {
  const std::string& name = thing.fields.at(location).name;
  const auto first = std::find_if(thing.fields.begin(), thing.fields.end(),
                                  [&](const auto& field) { return field.second.name == name; });
  return first->first == location ? name : fmt::format("{} +{:#x}", name, location - first->first);
}

Json field_json(const Thing& thing, std::uint32_t location) {
  const Field& field = thing.fields.at(location);
  Json json = {{"name", distinct_name(thing, location)}};
  std::optional<std::string> start = field.before;
  Json changes = Json::array();
  for (const Change& change : field.changes) {
    if (change.row < 0) {
      start = change.value;
      continue;
    }
    changes.push_back(
        {change.row, change.value ? Json(*change.value) : Json(nullptr), change.task});
  }
  if (start) json["value"] = *start;
  json["changes"] = std::move(changes);
  return json;
}

}  // namespace

Json object_states(const exec::Trace& trace, const exec::Failure* failure, const Picture& picture) {
  Json all = Json::array();
  if (picture.rows.empty()) return all;
  for (const Thing& thing : Follower(trace, failure, picture).follow()) {
    Json fields = Json::array();
    for (const auto& [location, field] : thing.fields)
      fields.push_back(field_json(thing, location));
    all.push_back({{"name", thing.name},
                   {"born", thing.born},
                   {"died", thing.died},
                   {"died_by", thing.died_by},
                   {"uses", thing.uses},
                   {"fields", std::move(fields)}});
  }
  return all;
}

}  // namespace rw::report

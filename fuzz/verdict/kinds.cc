#include "fuzz/verdict/kinds.h"

namespace rw::verdict {

namespace {

constexpr KindInfo kEngineKinds[] = {
#define RW_KIND(name, what) {name, what},
#include "fuzz/verdict/kinds.def"
#undef RW_KIND
};

}  // namespace

std::span<const KindInfo> engine_kinds() {
  return kEngineKinds;
}

const KindInfo* find_kind(std::string_view name, const Target* target) {
  for (const KindInfo& kind : kEngineKinds)
    if (name == kind.name) return &kind;
  if (target != nullptr)
    for (const KindInfo& kind : target->kinds())
      if (name == kind.name) return &kind;
  return nullptr;
}

bool is_about_an_access(std::string_view kind) {
  return kind == "data-race" || kind == "use-after-free" || kind == "double-free" ||
         kind == "uninitialised-read";
}

}  // namespace rw::verdict

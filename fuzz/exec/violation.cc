// What can be wrong with an access, in words.
#include <fmt/format.h>

#include "fuzz/exec/access.h"
#include "fuzz/exec/debug.h"
#include "fuzz/sync/fail.h"

namespace rw::exec {

namespace {

using memory::Exclusive;
using memory::ViolationKind;

const char* use_in_words(Exclusive use) {
  switch (use) {
    case Exclusive::none:
      return "used";
    case Exclusive::write:
      return "written";
    case Exclusive::initialise:
      return "initialised";
    case Exclusive::birth:
      return "allocated";
    case Exclusive::death:
      return "freed";
  }
  return "?";
}

// "page#1.mapcount" -> "page"
std::string type_in(const std::string& name) {
  if (name.ends_with("stack")) return "stack";
  return name.substr(0, name.find_first_of("#.+"));
}

std::string earlier_use(const memory::Violation& v, const std::string& function) {
  return fmt::format("{} by T{} in {}", use_in_words(v.other_use), v.other_task, function);
}

}  // namespace

void fail_outside(const void* address, const sync::site& where) {
  const std::string function = sync::function_name(where);
  debug::failing_address(address);
  const bool null = reinterpret_cast<std::uintptr_t>(address) < 4096;
  fail_here("crash", {null ? "null pointer" : "wild pointer", function}, false,
            null ? fmt::format("null pointer dereference (offset {}) in {}",
                               reinterpret_cast<std::uintptr_t>(address), function)
                 : fmt::format("{} uses an address outside the arena; objects that tasks share are "
                               "made with sync::make or a slab cache",
                               function),
            where);
}

void fail_violation(const memory::Violation& v, const void* address, bool dying,
                    const sync::site& where) {
  const std::string here = sync::function_name(where);
  const std::string there = v.has_other ? sync::function_name(memory::site_of(v.other)) : "";
  const std::uint32_t offset = v.offset != 0 ? v.offset : location_of(address);
  const void* at =
      v.offset != 0 ? reinterpret_cast<const void*>(memory::kArenaBase + offset) : address;
  const std::string name =
      v.object != 0 ? memory::name_in_object(v.object, offset) : memory::name_of(at);
  debug::failing_address(at);
  const char* now = dying ? "freed" : "used";
  const unsigned me = g_executor.view.current;
  switch (v.kind) {
    case ViolationKind::race:
      if (g_executor.settings.races_go_on) {
        ++g_executor.races;
        return;
      }
      fail_here("data-race", {memory::class_of(address), here, there}, true,
                fmt::format("{}: {}, and used by T{} in {}, with nothing to order the two", name,
                            earlier_use(v, there), me, here),
                where);
    case ViolationKind::use_after_free:
      fail_here("use-after-free",
                dying ? std::initializer_list<std::string>{type_in(name), here, there}
                      : std::initializer_list<std::string>{type_in(name), there, here},
                false,
                fmt::format("{}: {}, and {} by T{} in {}{}", name, earlier_use(v, there), now, me,
                            here, dying ? ", with nothing to order the two" : ""),
                where);
    case ViolationKind::double_free:
      fail_here("double-free", {type_in(name), there, here}, true,
                fmt::format("{}: {}, and freed again by T{} in {}", name, earlier_use(v, there), me,
                            here),
                where);
    case ViolationKind::uninitialised_read:
      fail_here("uninitialised-read", {memory::class_of(address), here}, false,
                fmt::format("{}: {}, never written, read by T{} in {}", name, earlier_use(v, there),
                            me, here),
                where);
    case ViolationKind::wild:
      fail_here("crash", {"wild pointer", here}, false,
                fmt::format("{} {} memory that is not an object ({})", here, now, name), where);
  }
}

}  // namespace rw::exec

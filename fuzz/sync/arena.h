// The arena's face for targets: memory for objects, their birth and death, and their names.
//
// Promises: all target objects lie in one arena at a fixed address, so a run is a pure function of
// its input; what the engine keeps about a byte survives the object. Names such as
// `anon_vma#3.root` are computed from an offset and the type's field table when a report is made.
// Leaves out: allocation policy. Reuse order, type stability and failure injection are the slab's
// (targets/kernel/slab.h), built on reserve/born/died.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>

#include "fuzz/sync/hooks.h"

namespace rw::sync {

// What a value means, in words that are short enough for a table: "page#3|wy".
using value_words = std::string (*)(std::uint64_t value);

struct field_info {
  const char* name;
  std::size_t offset;  // bytes from the object's start
  std::size_t size;    // bytes
  value_words words;   // null: its values are numbers, or pointers into the arena
};

// A field whose values have words says so ahead of RW_TYPE_NAMED:
//   template <>
//   inline constexpr value_words rw::sync::words_of<&page::flags> = page_flags_in_words;
template <auto field>
inline constexpr value_words words_of = nullptr;

struct type_info {
  const char* name;
  std::size_t size;  // bytes
  std::span<const field_info> fields;
};

// Specialised by RW_TYPE_NAMED below for each type that lives in the arena.
template <typename T>
struct describe;

template <typename T>
const type_info* type_of() {
  return &describe<T>::info;
}

// Raw memory that lives until the execution ends; zeroed. Never fails: the arena is sized for the
// largest program, and running out is our own bug.
inline void* reserve(std::size_t bytes, std::size_t alignment = 16) {
  return hooks::reserve(bytes, alignment);
}

// A new object of the execution, never freed: mms, files, devices, statically allocated locks.
template <typename T, typename... Args>
T* make(Args&&... args) {
  void* memory = hooks::reserve(sizeof(T), alignof(T) < 16 ? 16 : alignof(T));
  hooks::object_born(memory, sizeof(T), type_of<T>(), site::current());
  return new (memory) T(static_cast<Args&&>(args)...);
}

}  // namespace rw::sync

// RW_TYPE_NAMED(type, "name", field, ...): the field table of a type that lives in the arena. At
// namespace scope, outside every namespace, up to 24 fields; nested seam objects (a lock) are named
// by their field.
#define RW_FIELD_(type, field)                                                             \
  ::rw::sync::field_info {                                                                 \
    #field, offsetof(type, field), sizeof(type::field), ::rw::sync::words_of<&type::field> \
  }
#define RW_FE_1(m, t, x) m(t, x)
#define RW_FE_2(m, t, x, ...) m(t, x), RW_FE_1(m, t, __VA_ARGS__)
#define RW_FE_3(m, t, x, ...) m(t, x), RW_FE_2(m, t, __VA_ARGS__)
#define RW_FE_4(m, t, x, ...) m(t, x), RW_FE_3(m, t, __VA_ARGS__)
#define RW_FE_5(m, t, x, ...) m(t, x), RW_FE_4(m, t, __VA_ARGS__)
#define RW_FE_6(m, t, x, ...) m(t, x), RW_FE_5(m, t, __VA_ARGS__)
#define RW_FE_7(m, t, x, ...) m(t, x), RW_FE_6(m, t, __VA_ARGS__)
#define RW_FE_8(m, t, x, ...) m(t, x), RW_FE_7(m, t, __VA_ARGS__)
#define RW_FE_9(m, t, x, ...) m(t, x), RW_FE_8(m, t, __VA_ARGS__)
#define RW_FE_10(m, t, x, ...) m(t, x), RW_FE_9(m, t, __VA_ARGS__)
#define RW_FE_11(m, t, x, ...) m(t, x), RW_FE_10(m, t, __VA_ARGS__)
#define RW_FE_12(m, t, x, ...) m(t, x), RW_FE_11(m, t, __VA_ARGS__)
#define RW_FE_13(m, t, x, ...) m(t, x), RW_FE_12(m, t, __VA_ARGS__)
#define RW_FE_14(m, t, x, ...) m(t, x), RW_FE_13(m, t, __VA_ARGS__)
#define RW_FE_15(m, t, x, ...) m(t, x), RW_FE_14(m, t, __VA_ARGS__)
#define RW_FE_16(m, t, x, ...) m(t, x), RW_FE_15(m, t, __VA_ARGS__)
#define RW_FE_17(m, t, x, ...) m(t, x), RW_FE_16(m, t, __VA_ARGS__)
#define RW_FE_18(m, t, x, ...) m(t, x), RW_FE_17(m, t, __VA_ARGS__)
#define RW_FE_19(m, t, x, ...) m(t, x), RW_FE_18(m, t, __VA_ARGS__)
#define RW_FE_20(m, t, x, ...) m(t, x), RW_FE_19(m, t, __VA_ARGS__)
#define RW_FE_21(m, t, x, ...) m(t, x), RW_FE_20(m, t, __VA_ARGS__)
#define RW_FE_22(m, t, x, ...) m(t, x), RW_FE_21(m, t, __VA_ARGS__)
#define RW_FE_23(m, t, x, ...) m(t, x), RW_FE_22(m, t, __VA_ARGS__)
#define RW_FE_24(m, t, x, ...) m(t, x), RW_FE_23(m, t, __VA_ARGS__)
#define RW_FE_PICK(_1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, _16, _17, \
                   _18, _19, _20, _21, _22, _23, _24, name, ...)                               \
  name
#define RW_FOR_EACH(m, t, ...)                                                                  \
  RW_FE_PICK(__VA_ARGS__, RW_FE_24, RW_FE_23, RW_FE_22, RW_FE_21, RW_FE_20, RW_FE_19, RW_FE_18, \
             RW_FE_17, RW_FE_16, RW_FE_15, RW_FE_14, RW_FE_13, RW_FE_12, RW_FE_11, RW_FE_10,    \
             RW_FE_9, RW_FE_8, RW_FE_7, RW_FE_6, RW_FE_5, RW_FE_4, RW_FE_3, RW_FE_2, RW_FE_1)   \
  (m, t, __VA_ARGS__)

#define RW_TYPE_NAMED(type, shown, ...)                                       \
  template <>                                                                 \
  struct rw::sync::describe<type> {                                           \
    static constexpr ::rw::sync::field_info fields[] = {                      \
        RW_FOR_EACH(RW_FIELD_, type, __VA_ARGS__)};                           \
    static constexpr ::rw::sync::type_info info{shown, sizeof(type), fields}; \
  };

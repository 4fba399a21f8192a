// The operations of mm as programs call them: operands are slot numbers and page numbers.
//
// Promises: each holds what it uses (mm_users, a device's user) while it runs and gives it back;
// what it names and does not exist is a reason to do nothing.
#pragma once

#include <cstdint>

namespace rw::mm {

// `o`: the operands in the order of ops.def. Returns null, or a literal saying why it was skipped.
#define RW_OP(name, first_is_result, what, ...) const char* op_##name(const std::uint8_t* o);
#include "targets/mm/ops.def"
#undef RW_OP

}  // namespace rw::mm

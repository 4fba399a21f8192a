// What a user of the notation wrote wrongly, and what to write instead.
//
// Leaves out: where it stands (parse() knows the task, the table's reader the line).
#pragma once

#include <string>
#include <string_view>

namespace rw::litmus {

// Why `text`, which parse() does not accept, is no statement.
std::string statement_mistake(std::string_view text);

}  // namespace rw::litmus

// The data oracle (O7): which values a read may give.
//
// Each place that programs read has a set of admissible tokens. A place is a page of an address
// space, or of a file where a shared file is mapped.
// - A write of w leaves {w}.
// - A zap adds 0 when it starts, and nothing leaves the set until it ends: a CPU may use what was
//   there until the flush. When it ends the set is {0} and the writes since its start.
// - When a fork starts the child gets the parent's set; what the parent writes until it ends is
//   added to the child's.
// - A CPU with a translation whose flush is under way may read anything and write in vain.
// - A page of a private mapping may be what the file has, until it is copied. While a truncate is
//   open, and after it, the copy may be there or not.
// - A read must give a value of the set, and narrows it to that value.
// Promises: ghost state; each call belongs to the step just made. Steered mode only: elsewhere a
// call and its access are not one step.
// Simplified: tokens are 1..54 in turn, so that a set is one word; a program with more writes is
// watched less closely, never wrongly.
#pragma once

#include <cstdint>

#include "fuzz/sync/sync.h"

namespace rw::mm {

struct file;
struct mm_struct;

// Pages of an address space that programs can name, from 0 on.
inline constexpr unsigned kNamedPages = 9;

void data_begin();

// The mm has its number (oracle_mm_born).
void data_mm_born(const mm_struct* mm);
std::uint64_t data_new_token();
// What a file's page holds at the start of an execution.
std::uint64_t data_initial_token(unsigned file_number, unsigned index);

// The place behind an address.
unsigned data_key(const mm_struct* mm, unsigned address);
void data_write(unsigned key, std::uint64_t token);
// The page written to has been unmapped and may be anybody's or nobody's.
void data_write_perhaps(unsigned key, std::uint64_t token);
// Fails with "wrong-data".
void data_read(unsigned key, std::uint64_t token, sync::site where);

// [start, end) is now a mapping of `f` from its first page on (not `shared`: each page is the
// file's until it is written); null: it is anonymous, and zero.
void data_mapped(const mm_struct* mm, unsigned start, unsigned end, const file* f, bool shared);
// A task has at most one zap or truncate, and one fork, open.
void data_zap_begin(const mm_struct* mm, unsigned start, unsigned end);
void data_truncate_begin(unsigned file_number, unsigned first);
void data_zap_end();
// An area moves: until the end both places are one. Undone by data_mapped of the new place.
void data_move_begin(const mm_struct* mm, unsigned from, unsigned to, unsigned pages);
void data_move_end(const mm_struct* mm, unsigned from, unsigned to, unsigned pages);
void data_fork_begin(const mm_struct* parent, const mm_struct* child);
void data_fork_end();

}  // namespace rw::mm

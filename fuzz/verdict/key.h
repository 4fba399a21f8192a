// The stable name of a failure: one key per bug, however it was reached.
//
// A key is "k1-<kind>-<8 hex digits>". k1 is the version of this scheme. The digits are the lower
// 32 bits of the 64-bit FNV-1a hash of the kind and the normalised parts, each followed by a zero
// byte; symmetric parts are a set: sorted, each once (a third task that waits in the same place
// makes no new deadlock). File names, JUnit cases, SARIF fingerprints and DEDUP_TOKEN carry keys,
// so a change of anything here needs a new version and new test vectors.
//
// Promises: a key depends on kind and parts alone: no addresses, object or task numbers, source
// lines, template arguments or namespaces. Equal in every build, on every machine.
// Leaves out: whether two different keys are one bug; that needs a person.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/exec/failure.h"

namespace rw::verdict {

// FNV-1a, 64 bits (offset basis 14695981039346656037, prime 1099511628211; Fowler, Noll, Vo 1991).
std::uint64_t fnv1a(std::string_view bytes);

// A part as keys see it: "rw::v1::mm::zap<int>(vma*)" -> "zap", "anon_vma#3.root" ->
// "anon_vma.root", "slot[2]" -> "slot[]", "0x7e80_..." and free-standing numbers -> "". Digits
// inside an identifier stay ("pte2_clear").
std::string normalise(std::string_view part);

// "k1-use-after-free-0123abcd".
std::string key_of(const exec::Failure& failure);

// Whether `text` has the form of a key of this scheme.
bool is_key(std::string_view text);

// The kind inside a key: "use-after-free"; empty if `key` is none.
std::string_view kind_of_key(std::string_view key);

// One line for people, as kernel reports are titled, from the same parts as the key:
// "data-race: expand_downwards / anon_vma_clone on vma.anon_vma".
std::string title_of(const exec::Failure& failure);

}  // namespace rw::verdict

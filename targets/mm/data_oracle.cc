#include "targets/mm/data_oracle.h"

#include <fmt/format.h>

#include "targets/mm/file.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/tlb.h"

namespace rw::mm {

namespace {

static_assert(kFilePages <= kNamedPages);

constexpr unsigned kFirstFileKey = kMaxMms * kNamedPages;
constexpr unsigned kKeys = kFirstFileKey + kFiles * kFilePages;
constexpr unsigned kWriteTokens = 54;  // 1 .. 54; files start with the tokens above
static_assert(kWriteTokens + kFiles * kFilePages < 63);
constexpr std::uint64_t kZero = 1;                          // the set {0}
constexpr std::uint64_t kAsFile = std::uint64_t{1} << 63U;  // what the file has there

using set = sync::ghost<std::uint64_t>;

// The zap a task has open, on the keys first + i for each bit i of `keys`.
struct open_zap {
  sync::ghost<std::uint32_t> first;
  sync::ghost<std::uint32_t> keys;
  set since[kNamedPages];  // what was written since its start
};
struct open_fork {
  sync::ghost<std::uint32_t> parent;  // first key of the parent's address space
  sync::ghost<std::uint32_t> child;
};

set g_sets[kKeys];
// Per page of an address space: the key of what is mapped there, and the key it has for itself,
// which another page of the address space gets when an area moves.
sync::ghost<std::uint32_t> g_backing[kFirstFileKey];
sync::ghost<std::uint32_t> g_own[kFirstFileKey];
// By key: the key of the file's page that a private mapping shows until it is copied; 0: none.
sync::ghost<std::uint32_t> g_private_of[kFirstFileKey];
open_zap g_zaps[kMaxCpus];
open_fork g_forks[kMaxCpus];
sync::ghost<std::uint32_t> g_open_zaps;  // bit t: task t has one
sync::ghost<std::uint32_t> g_open_forks;
sync::tally<std::uint32_t> g_tokens;

bool watching() {
  return hooks::g_mode == hooks::mode::steered;
}
unsigned first_key(const mm_struct* mm) {
  return mm->id.get() * kNamedPages;
}
std::uint64_t bit(std::uint64_t token) {
  return std::uint64_t{1} << token;
}
void add(set& s, std::uint64_t tokens) {
  s.set(s.get() | tokens);
}

bool covers(const open_zap& zap, unsigned key) {
  const unsigned i = key - zap.first.get();
  return key >= zap.first.get() && i < kNamedPages && (zap.keys.get() >> i & 1U) != 0;
}

// The key of what a private mapping is a mapping of; 0: it is none.
unsigned private_of(unsigned key) {
  return key < kFirstFileKey ? g_private_of[key].get() : 0;
}
// What is there once nothing is mapped.
std::uint64_t unmapped_value(unsigned key) {
  return private_of(key) != 0 ? kAsFile : kZero;
}

bool zap_open(unsigned key) {
  // A truncate takes the copies of a private mapping too.
  const unsigned original = private_of(key);
  if (original != 0 && zap_open(original)) return true;
  for (std::uint32_t open = g_open_zaps.get(); open != 0; open &= open - 1)
    if (covers(g_zaps[__builtin_ctz(open)], key)) return true;
  return false;
}

// The place holds one of `tokens` now. While a zap of it is open, another CPU may still be at what
// was there before, through a translation that is not flushed yet.
void narrow(unsigned key, std::uint64_t tokens) {
  g_sets[key].set(zap_open(key) ? g_sets[key].get() | tokens : tokens);
}

// Calls f(i) for each bit i.
template <typename F>
void for_each_bit(std::uint32_t bits, F f) {
  for (; bits != 0; bits &= bits - 1) f(static_cast<unsigned>(__builtin_ctz(bits)));
}

void zap_begin(unsigned first, std::uint32_t keys) {
  open_zap& zap = g_zaps[sync::current_task()];
  zap.first.set(first);
  zap.keys.set(keys);
  for_each_bit(keys, [&](unsigned i) {
    zap.since[i].set(0);
    add(g_sets[first + i], unmapped_value(first + i));
  });
  g_open_zaps.set(g_open_zaps.get() | 1U << sync::current_task());
}

std::string set_text(std::uint64_t tokens) {
  std::string text;
  if ((tokens & kAsFile) != 0) text = "what the file has";
  for (unsigned token = 0; token < 63; ++token)
    if ((tokens >> token & 1U) != 0) text += fmt::format("{}{}", text.empty() ? "" : " ", token);
  return "{" + text + "}";
}

}  // namespace

void data_begin() {
  g_open_zaps.set(0);
  g_open_forks.set(0);
  g_tokens.set(0);
  for (unsigned f = 0; f < kFiles; ++f)
    for (unsigned i = 0; i < kFilePages; ++i)
      g_sets[kFirstFileKey + f * kFilePages + i].set(bit(data_initial_token(f, i)));
}

void data_mm_born(const mm_struct* mm) {
  const unsigned first = first_key(mm);
  for (unsigned page = 0; page < kNamedPages; ++page) {
    g_own[first + page].set(first + page);
    g_private_of[first + page].set(0);
  }
}

std::uint64_t data_new_token() {
  return (g_tokens.count() - 1) % kWriteTokens + 1;
}

std::uint64_t data_initial_token(unsigned file_number, unsigned index) {
  return kWriteTokens + 1 + file_number * kFilePages + index;
}

unsigned data_key(const mm_struct* mm, unsigned address) {
  RW_CHECK(address < kNamedPages, "an address that no program can name");
  return g_backing[first_key(mm) + address].get();
}

namespace {

// Those who have a zap or a fork of the place open hear of a write to it.
void tell_open_ones(unsigned key, std::uint64_t token) {
  for_each_bit(g_open_zaps.get(), [&](unsigned task) {
    open_zap& zap = g_zaps[task];
    if (covers(zap, key)) add(zap.since[key - zap.first.get()], bit(token));
  });
  for_each_bit(g_open_forks.get(), [&](unsigned task) {
    const open_fork& fork = g_forks[task];
    const unsigned page = key - fork.parent.get();
    if (key >= fork.parent.get() && page < kNamedPages)
      add(g_sets[fork.child.get() + page], bit(token));
  });
}

}  // namespace

void data_write(unsigned key, std::uint64_t token) {
  if (!watching()) return;
  narrow(key, bit(token));
  tell_open_ones(key, token);
}

void data_write_perhaps(unsigned key, std::uint64_t token) {
  if (!watching()) return;
  add(g_sets[key], bit(token));
  tell_open_ones(key, token);
}

void data_read(unsigned key, std::uint64_t token, sync::site where) {
  if (!watching()) return;
  const std::uint64_t known = g_sets[key].get();
  const std::uint64_t files = (known & kAsFile) != 0 ? g_sets[private_of(key)].get() : 0;
  const std::uint64_t admissible = known | files;
  if (token >= 63 || (admissible & bit(token)) == 0)
    sync::fail("wrong-data", {"page.content", sync::function_name(where)},
               fmt::format("reads {}; admissible is {}", token, set_text(admissible)), where);
  narrow(key, bit(token) | ((files & bit(token)) != 0 ? kAsFile : 0));
}

void data_mapped(const mm_struct* mm, unsigned start, unsigned end, const file* f, bool shared) {
  RW_CHECK(end <= kNamedPages, "a mapping that no program can name");
  const unsigned first = first_key(mm);
  const unsigned file_key = f != nullptr ? kFirstFileKey + file_number(f) * kFilePages : 0;
  for (unsigned page = start; page < end; ++page) {
    const unsigned own = g_own[first + page].get();
    g_backing[first + page].set(shared ? file_key + (page - start) : own);
    g_private_of[own].set(f != nullptr && !shared ? file_key + (page - start) : 0);
    g_sets[own].set(unmapped_value(own));
  }
}

void data_zap_begin(const mm_struct* mm, unsigned start, unsigned end) {
  const unsigned first = first_key(mm);
  std::uint32_t keys = 0;
  for (unsigned page = start; page < end; ++page) keys |= 1U << (g_own[first + page].get() - first);
  zap_begin(first, keys);
}

void data_truncate_begin(unsigned file_number, unsigned first) {
  const std::uint32_t all = (1U << kFilePages) - 1U;
  const unsigned file_key = kFirstFileKey + file_number * kFilePages;
  zap_begin(file_key, all & ~((1U << first) - 1U));
  for (unsigned key = 0; key < kFirstFileKey; ++key)
    if (private_of(key) >= file_key + first && private_of(key) < file_key + kFilePages)
      add(g_sets[key], kAsFile);
}

void data_zap_end() {
  const unsigned task = sync::current_task();
  const open_zap& zap = g_zaps[task];
  g_open_zaps.set(g_open_zaps.get() & ~(1U << task));
  // Under a weak memory model it may have missed a page that came before it, and what is in it.
  if (hooks::stale_loads()) return;
  for_each_bit(zap.keys.get(), [&](unsigned i) {
    const unsigned key = zap.first.get() + i;
    g_sets[key].set(unmapped_value(key) | zap.since[i].get());
  });
}

void data_move_begin(const mm_struct* mm, unsigned from, unsigned to, unsigned pages) {
  const unsigned first = first_key(mm);
  for (unsigned i = 0; i < pages; ++i)
    g_backing[first + to + i].set(g_backing[first + from + i].get());
}

void data_move_end(const mm_struct* mm, unsigned from, unsigned to, unsigned pages) {
  const unsigned first = first_key(mm);
  for (unsigned i = 0; i < pages; ++i) {
    const unsigned own = g_own[first + from + i].get();
    g_own[first + from + i].set(g_own[first + to + i].get());
    g_own[first + to + i].set(own);
    // A file's page may come back until the old area is gone: another process shares the table that
    // hugetlbfs has there, and its faults fill it.
    if (g_backing[first + from + i].get() == own)
      g_backing[first + from + i].set(g_own[first + from + i].get());
  }
}

void data_fork_begin(const mm_struct* parent, const mm_struct* child) {
  const unsigned task = sync::current_task();
  const unsigned from = first_key(parent);
  const unsigned to = first_key(child);
  for (unsigned page = 0; page < kNamedPages; ++page) {
    const unsigned backing = g_backing[from + page].get();
    const bool own = backing >= from && backing < from + kNamedPages;
    g_backing[to + page].set(own ? to + (backing - from) : backing);
    g_own[to + page].set(to + (g_own[from + page].get() - from));
    g_sets[to + page].set(g_sets[from + page].get());
    g_private_of[to + page].set(g_private_of[from + page].get());
  }
  g_forks[task].parent.set(from);
  g_forks[task].child.set(to);
  g_open_forks.set(g_open_forks.get() | 1U << task);
}

void data_fork_end() {
  g_open_forks.set(g_open_forks.get() & ~(1U << sync::current_task()));
}

}  // namespace rw::mm

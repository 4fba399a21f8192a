#include "targets/mm/data_oracle.h"

#include <fmt/format.h>

#include "targets/mm/file.h"
#include "targets/mm/mm_struct.h"
#include "targets/mm/tlb.h"

namespace rw::mm {

namespace {

constexpr unsigned kFirstFileKey = kMaxMms * kNamedPages;
constexpr unsigned kKeys = kFirstFileKey + kFiles * kFilePages;
constexpr unsigned kWriteTokens = 55;  // 1 .. 55; files start with the tokens above
static_assert(kWriteTokens + kFiles * kFilePages < 64);
constexpr std::uint64_t kZero = 1;  // the set {0}

using set = sync::ghost<std::uint64_t>;

// The zap a task has open, on the keys [first, last).
struct open_zap {
  sync::ghost<std::uint32_t> first;
  sync::ghost<std::uint32_t> last;
  set since[kNamedPages];  // what was written since its start
};
struct open_fork {
  sync::ghost<std::uint32_t> parent;  // first key of the parent's address space
  sync::ghost<std::uint32_t> child;
};

set g_sets[kKeys];
// Per page of an address space: the key of what is mapped there.
sync::ghost<std::uint32_t> g_backing[kFirstFileKey];
open_zap g_zaps[kMaxCpus];
open_fork g_forks[kMaxCpus];
sync::ghost<std::uint32_t> g_open_zaps;  // bit t: task t has one
sync::ghost<std::uint32_t> g_open_forks;
sync::ghost<std::uint32_t> g_tokens;

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
  return zap.first.get() <= key && key < zap.last.get();
}

bool zap_open(unsigned key) {
  for (std::uint32_t open = g_open_zaps.get(); open != 0; open &= open - 1)
    if (covers(g_zaps[__builtin_ctz(open)], key)) return true;
  return false;
}

// The place holds one of `tokens` now. While a zap of it is open, another CPU may still be at what
// was there before, through a translation that is not flushed yet.
void narrow(unsigned key, std::uint64_t tokens) {
  g_sets[key].set(zap_open(key) ? g_sets[key].get() | tokens : tokens);
}

void zap_begin(unsigned first, unsigned last) {
  open_zap& zap = g_zaps[sync::current_task()];
  zap.first.set(first);
  zap.last.set(last);
  for (unsigned key = first; key < last; ++key) {
    zap.since[key - first].set(0);
    add(g_sets[key], kZero);
  }
  g_open_zaps.set(g_open_zaps.get() | 1U << sync::current_task());
}

std::string set_text(std::uint64_t tokens) {
  std::string text;
  for (unsigned token = 0; token < 64; ++token)
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

std::uint64_t data_new_token() {
  return (g_tokens.add(1) - 1) % kWriteTokens + 1;
}

std::uint64_t data_initial_token(unsigned file_number, unsigned index) {
  return kWriteTokens + 1 + file_number * kFilePages + index;
}

unsigned data_key(const mm_struct* mm, unsigned address) {
  RW_CHECK(address < kNamedPages, "an address that no program can name");
  return g_backing[first_key(mm) + address].get();
}

void data_write(unsigned key, std::uint64_t token) {
  if (!watching()) return;
  narrow(key, bit(token));
  for (std::uint32_t open = g_open_zaps.get(); open != 0; open &= open - 1) {
    open_zap& zap = g_zaps[__builtin_ctz(open)];
    if (covers(zap, key)) add(zap.since[key - zap.first.get()], bit(token));
  }
  for (std::uint32_t open = g_open_forks.get(); open != 0; open &= open - 1) {
    const open_fork& fork = g_forks[__builtin_ctz(open)];
    const unsigned page = key - fork.parent.get();
    if (key >= fork.parent.get() && page < kNamedPages)
      add(g_sets[fork.child.get() + page], bit(token));
  }
}

void data_read(unsigned key, std::uint64_t token, sync::site where) {
  if (!watching()) return;
  const std::uint64_t admissible = g_sets[key].get();
  if (token >= 64 || (admissible & bit(token)) == 0)
    sync::fail("wrong-data", {"page.content", sync::function_name(where)},
               fmt::format("reads {}; admissible is {}", token, set_text(admissible)), where);
  narrow(key, bit(token));
}

void data_mapped(const mm_struct* mm, unsigned start, unsigned end, const file* f) {
  RW_CHECK(end <= kNamedPages, "a mapping that no program can name");
  const unsigned first = first_key(mm);
  const unsigned file_key = f != nullptr ? kFirstFileKey + file_number(f) * kFilePages : 0;
  for (unsigned page = start; page < end; ++page) {
    g_backing[first + page].set(f != nullptr ? file_key + (page - start) : first + page);
    g_sets[first + page].set(kZero);
  }
}

void data_zap_begin(const mm_struct* mm, unsigned start, unsigned end) {
  zap_begin(first_key(mm) + start, first_key(mm) + end);
}

void data_truncate_begin(unsigned file_number, unsigned first) {
  const unsigned key = kFirstFileKey + file_number * kFilePages;
  zap_begin(key + first, key + kFilePages);
}

void data_zap_end() {
  const unsigned task = sync::current_task();
  const open_zap& zap = g_zaps[task];
  g_open_zaps.set(g_open_zaps.get() & ~(1U << task));
  for (unsigned key = zap.first.get(); key < zap.last.get(); ++key)
    g_sets[key].set(kZero | zap.since[key - zap.first.get()].get());
}

void data_fork_begin(const mm_struct* parent, const mm_struct* child) {
  const unsigned task = sync::current_task();
  const unsigned from = first_key(parent);
  const unsigned to = first_key(child);
  for (unsigned page = 0; page < kNamedPages; ++page) {
    const unsigned backing = g_backing[from + page].get();
    g_backing[to + page].set(backing == from + page ? to + page : backing);
    g_sets[to + page].set(g_sets[from + page].get());
  }
  g_forks[task].parent.set(from);
  g_forks[task].child.set(to);
  g_open_forks.set(g_open_forks.get() | 1U << task);
}

void data_fork_end() {
  g_open_forks.set(g_open_forks.get() & ~(1U << sync::current_task()));
}

}  // namespace rw::mm

// stringbuffer: appending one buffer to another asks the other twice.
//
//   1  T0 asks the other buffer how long it is, under its lock: three
//   2  T1 erases the other buffer
//   3  T0 copies three characters out of a buffer that has none
//
// Fix: the other buffer's lock is held over both.
// Source: Flanagan and Qadeer, "A Type and Effect System for Atomicity", PLDI 2003, of
// java.lang.StringBuffer in JDK 1.4; SCTBench "CB/stringbuffer-jdk1.4".
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

constexpr int kCapacity = 16;
constexpr int kWord = 3;  // characters

struct Buffer {
  mutex lock;
  plain_int length{kWord};
  plain_int text[kCapacity] = {'a', 'b', 'c', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
};

Buffer* s_own;
Buffer* s_other;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Buffer, "buffer", lock, length, text)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s_own = sync::make<Buffer>();
  s_other = sync::make<Buffer>();
  s_planted = planted;
}

// Copies the first `count` characters of the other buffer, whose lock is held.
void get_chars(int count, plain_int* to) {
  require(count <= s_other->length.load(), "buffer.length", "the text is not that long");
  for (int i = 0; i < count; ++i) to[i].store(s_other->text[i].load());
}

const char* append_other() {
  s_own->lock.lock();
  const int own = s_own->length.load();
  s_other->lock.lock();
  const int count = s_other->length.load();
  if (s_planted) s_other->lock.unlock();
  const bool fits = own + count <= kCapacity;
  if (s_planted && fits) s_other->lock.lock();
  if (fits) get_chars(count, s_own->text + own);
  if (!s_planted || fits) s_other->lock.unlock();
  if (fits) s_own->length.store(own + count);
  s_own->lock.unlock();
  return fits ? nullptr : "the buffer is full";
}

const char* erase_and_write() {
  s_other->lock.lock();
  s_other->length.store(0);
  s_other->lock.unlock();
  s_other->lock.lock();
  for (int i = 0; i < kWord; ++i) s_other->text[i].store('a' + i);
  s_other->length.store(kWord);
  s_other->lock.unlock();
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "stringbuffer-jdk1.4",
     .teams = {{1, 1}},
     .main = 0,
     .best = {"SURW", 8},
     .budget = 1'000},
};

}  // namespace

constinit const Classic stringbuffer = {
    .name = "stringbuffer",
    .kinds = {"invariant"},
    .what = "the length of a text and the text are asked for under two holds of its lock",
    .fix = "under one",
    .source = "Flanagan, Qadeer, PLDI 2003; SCTBench CB/stringbuffer-jdk1.4",
    .begin = begin,
    .roles = {append_other, erase_and_write},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics

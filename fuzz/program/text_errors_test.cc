#include <gtest/gtest.h>

#include <array>

#include "fuzz/program/fake_target.h"
#include "fuzz/program/text.h"

namespace rw::program {
namespace {

FakeTarget fake;
const std::array<Target*, 1> kTargets = {&fake};

std::string error_of(std::string_view text) {
  const Result<Program> p = parse(text, "a.race", kTargets);
  EXPECT_FALSE(p.ok()) << text;
  return p.ok() ? "" : p.error().text();
}

// A good file, with `line` in place of the body of T0 (line 4).
std::string with_op(const std::string& line) {
  return "# racewalk 1\ntarget: fake\nT0:\n" + line + "\nschedule: random\n";
}
// With `line` as the first decision (line 7); T0 has two ops, T1 one.
std::string with_decision(const std::string& line) {
  return "# racewalk 1\ntarget: fake\nT0:\n  sync\n  sync\nschedule:\n" + line + "\n";
}
// With `line` as the third.
std::string with_line(const std::string& line) {
  return "# racewalk 1\ntarget: fake\n" + line + "\nT0:\nschedule: random\n";
}

TEST(TextError, FirstLine) {
  const char* const kMessage =
      "a.race:1: this is no racewalk file of version 1; the first line must be '# racewalk 1'";
  EXPECT_EQ(error_of(""), kMessage);
  EXPECT_EQ(error_of("target: fake\n"), kMessage);
  EXPECT_EQ(error_of(std::string("\x7f"
                                 "ELF\0",
                                 5)),
            kMessage);
  EXPECT_EQ(error_of(std::string(kMaxTextLine + 1, 'x')), kMessage);
  EXPECT_EQ(error_of("# racewalk 2\n"),
            "a.race:1: this file is of version 2 of the format, and this racewalk reads "
            "'# racewalk 1'; run the racewalk that wrote it, or write that line and see what else "
            "it does not know");
}

TEST(TextError, AByteOrderMarkIsPassedOver) {
  EXPECT_EQ(error_of("\xef\xbb\xbf# racewalk 1\ntarget: fake\n"),
            error_of("# racewalk 1\ntarget: fake\n"));
}

TEST(TextError, NotText) {
  EXPECT_EQ(error_of(std::string("# racewalk 1\ntarget: \0fake\n", 27)),
            "a.race:2: the line holds byte 0x00; a .race file is plain text");
  EXPECT_EQ(error_of("# racewalk 1\n" + std::string(kMaxTextLine + 1, ' ')),
            "a.race:2: the line is longer than 4096 characters; wrap it");
  EXPECT_EQ(error_of(std::string(kMaxTextBytes + 1, '\n')),
            "a.race:1: the file is larger than 4194304 bytes; a .race file is a short text");
  EXPECT_EQ(error_of(with_line("#" + std::string(kMaxRemark, 'x'))),
            "a.race:3: the comment is longer than 1024 characters; wrap it");
  EXPECT_EQ(error_of("# racewalk 1\ntarget: fake\n" + std::string(70'000, '\n')),
            "a.race:65539: comments, blank lines and unknown keys take more than 65536 "
            "characters; write fewer");
}

TEST(TextError, Target) {
  EXPECT_EQ(error_of("# racewalk 1\ntarget: fakr\n"),
            "a.race:2: there is no target 'fakr'; did you mean 'fake'?");
  EXPECT_EQ(error_of("# racewalk 1\ntarget: mm\n"),
            "a.race:2: there is no target 'mm'; targets: fake");
  EXPECT_EQ(error_of("# racewalk 1\ntargt: fake\n"),
            "a.race:2: there is no key 'targt'; did you mean 'target'?");
  EXPECT_EQ(error_of("# racewalk 1\n\n"),
            "a.race:2: 'target:' is missing; write 'target: NAME', targets: fake");
}

TEST(TextError, Keys) {
  EXPECT_EQ(error_of(with_line("expct: deadlock")),
            "a.race:3: there is no key 'expct'; did you mean 'expect'?");
  EXPECT_EQ(error_of(with_line("target: fake")),
            "a.race:3: a second 'target:'; the first is in line 2, keep one");
  EXPECT_EQ(error_of(with_line("memory: tso")),
            "a.race:3: there is no memory 'tso'; memory models: sc, weak, lkmm, "
            "weak-exact");
  EXPECT_EQ(error_of(with_line("granularity: fin")),
            "a.race:3: there is no granularity 'fin'; did you mean 'fine'?");
  EXPECT_EQ(error_of(with_line("expect: two words")),
            "a.race:3: 'two words' is no value for 'expect'; write one word, as in 'expect: "
            "use-after-free'");
  EXPECT_EQ(error_of(with_line("key:")),
            "a.race:3: '' is no value for 'key'; write one word, as in 'key: "
            "k1-use-after-free-0123abcd'");
  EXPECT_EQ(error_of(with_line("setup: sync")),
            "a.race:3: behind 'setup:' stands nothing; its ops follow, one a line");
  EXPECT_EQ(error_of(with_line("sync")),
            "a.race:3: 'sync' stands in no section; put ops under 'setup:' or 'T0:', decisions "
            "under 'schedule:'");
}

TEST(TextError, DecisionsAmongOps) {
  EXPECT_EQ(
      error_of(with_op("T0 until end")),
      "a.race:4: 'T0 until end' is a decision, not an op; write 'schedule:' above the first one");
  EXPECT_EQ(
      error_of(with_op("choose T0 1 = 1")),
      "a.race:4: 'choose T0 1 = 1' is a decision, not an op; write 'schedule:' above the first "
      "one");
  EXPECT_EQ(error_of(with_op("T0 runs")).find("decision"), std::string::npos);
}

TEST(TextError, Design) {
  EXPECT_EQ(error_of(with_line("design: lokc=spin")),
            "a.race:3: target 'fake' has no design axis 'lokc'; did you mean 'lock'?");
  EXPECT_EQ(error_of(with_line("design: lock=rwsem\n        order=upside_down")),
            "a.race:4: axis 'order' has no value 'upside_down'; values: child_first, root_first");
  EXPECT_EQ(error_of(with_line("design: reuse=*")),
            "a.race:3: a file fixes every axis, so 'reuse' cannot be '*'; write 'reuse=lifo'");
}

TEST(TextError, Ops) {
  EXPECT_EQ(error_of(with_op("mmpa mm0 0x00 1")),
            "a.race:4: target 'fake' has no op 'mmpa'; did you mean 'mmap'?");
  EXPECT_EQ(error_of(with_op("fork mm0")),
            "a.race:4: target 'fake' has no op 'fork'; ops: mm_new, mmap, attach, touch, sync");
  EXPECT_EQ(error_of(with_op("mm0 = mmap 0x00 1")),
            "a.race:4: 'mmap' gives no result; write mmap <mm> <first page> <length>");
  EXPECT_EQ(error_of(with_op("attach mm0 kvm")),
            "a.race:4: 'attach' gives a result; write <device> = attach <mm> <style>");
  EXPECT_EQ(error_of(with_op("mmap mm0 0x00")),
            "a.race:4: 'mmap' has 3 operands, not 2; write mmap <mm> <first page> <length>");
  EXPECT_EQ(error_of(with_op("mm0 =")), "a.race:4: an op must follow 'mm0' =");
}

TEST(TextError, Operands) {
  EXPECT_EQ(error_of(with_op("mmap mm4 0x00 1")),
            "a.race:4: 'mm4' is no mm for 'mm' of 'mmap'; write mm0..mm3");
  EXPECT_EQ(error_of(with_op("mmap mm0 0x40 1")),
            "a.race:4: '0x40' is no page for 'first page' of 'mmap'; write 0x00..0x3f");
  EXPECT_EQ(error_of(with_op("mmap mm0 0x00 five")),
            "a.race:4: 'five' is no length for 'length' of 'mmap'; write 0..4");
  EXPECT_EQ(error_of(with_op("d0 = attach mm0 kmv")),
            "a.race:4: 'kmv' is no style for 'style' of 'attach'; did you mean 'kvm'?");
  EXPECT_EQ(error_of(with_op("d0 = attach mm0 amdgpu")),
            "a.race:4: 'amdgpu' is no style for 'style' of 'attach'; values: kvm, gru, xpmem");
}

TEST(TextError, Tasks) {
  EXPECT_EQ(error_of(with_line("T8:")),
            "a.race:3: too many tasks with 'T8'; write at most 8, T0 to T7");
  EXPECT_EQ(error_of(with_line("T01:")), "a.race:3: 'T01' is no task; write 'T1:'");
  EXPECT_EQ(error_of(with_line("T2:")),
            "a.race:3: T2 without T1; number the tasks from T0 without gaps");
  EXPECT_EQ(error_of("# racewalk 1\ntarget: fake\nschedule: random\n"),
            "a.race:3: 'T0:' is missing; write 'T0:' and its ops below, one a line");
  std::string many = "sync";
  for (int i = 0; i < 64; ++i) many += "\nsync";
  EXPECT_EQ(error_of(with_op(many)),
            "a.race:68: too many ops; write at most 64 in set-up and in each task");
}

TEST(TextError, Schedule) {
  EXPECT_EQ(error_of("# racewalk 1\ntarget: fake\nT0:\n"),
            "a.race:3: 'schedule:' is missing; write 'schedule: random seed 0', or 'schedule:' "
            "and lines like 'T0 until end' below");
  EXPECT_EQ(error_of("# racewalk 1\ntarget: fake\nT0:\nschedule: pct9\n"),
            "a.race:4: there is no strategy 'pct9'; did you mean 'pct2'?");
  EXPECT_EQ(
      error_of("# racewalk 1\ntarget: fake\nT0:\nschedule: bfs\n"),
      "a.race:4: there is no strategy 'bfs'; strategies: random, pct2, pct3, pos, guided, delay5, "
      "surw, reads_from, places, contend, reversals");
  EXPECT_EQ(error_of("# racewalk 1\ntarget: fake\nT0:\nschedule: pct3 seed many\n"),
            "a.race:4: after 'seed' stands a number of 64 bits, as in 'seed 0x1234'");
  EXPECT_EQ(error_of("# racewalk 1\ntarget: fake\nT0:\nschedule: pct3 seed 1 steps x\n"),
            "a.race:4: after 'steps' stands a number for each task, as in 'steps 40 25'");
  EXPECT_EQ(
      error_of("# racewalk 1\ntarget: fake\nT0:\nschedule: pct3 seed 1 steps 4 5\n"),
      "a.race:4: 'steps' has 2 numbers for 1 tasks; write one for each, or leave 'steps' out");
  EXPECT_EQ(error_of("# racewalk 1\ntarget: fake\nT0:\nschedule: pct3 17\n"),
            "a.race:4: '17' means nothing here; write 'pct3 seed 0x1234'");
  EXPECT_EQ(error_of("# racewalk 1\ntarget: fake\nT0:\nschedule: pos stream 00\n"),
            "a.race:4: 'pos' reads no stream; leave it out");
  EXPECT_EQ(error_of("# racewalk 1\ntarget: fake\nT0:\nschedule: guided stream 00\n  0g\n"),
            "a.race:5: '0g' is no stream; write pairs of hexadecimal digits, as in 0a1f");
}

TEST(TextError, Decisions) {
  EXPECT_EQ(error_of(with_decision("T0 runs")),
            "a.race:7: 'T0 runs' is no decision; write 'T0 until zap_pte_range', 'T0 until "
            "2:zap_pte_range#3', 'T0 until blocked', 'T0 until end' or 'choose T0 2:wake#1 = 1'");
  EXPECT_EQ(error_of(with_decision("T1 until end")),
            "a.race:7: there is no T1; the only task is T0");
  EXPECT_EQ(error_of(with_decision("T0 until x:zap")),
            "a.race:7: 'x' is no op number; write one counted from 0, as in 2:zap_pte_range");
  EXPECT_EQ(error_of(with_decision("T0 until zap#0")),
            "a.race:7: '0' is no visit; write one counted from 1, as in zap_pte_range#2");
  EXPECT_EQ(error_of(with_decision("T0 until 1:#2")),
            "a.race:7: '' is no name of a function or choice; write 1 to 64 printable characters "
            "without '#' and ':'");
  EXPECT_EQ(error_of(with_decision("choose T0 wake")),
            "a.race:7: 'choose T0 wake' is no choice; write 'choose T0 2:wake#1 = 1'");
  EXPECT_EQ(error_of(with_decision("choose T0 wake = 0")),
            "a.race:7: value 0 is what happens without a line; leave the line out");
  EXPECT_EQ(error_of(with_decision("choose T0 wake = 65536")),
            "a.race:7: '65536' is no value; write 1..65535");
  EXPECT_EQ(error_of(with_decision("choose T7 wake = 1")),
            "a.race:7: there is no T7; the only task is T0");
}

}  // namespace
}  // namespace rw::program

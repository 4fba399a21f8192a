// What a weak memory model tells of a read: our own detector and ThreadSanitizer alike go by the
// message that was read, not by the newest.
#include "fuzz/exec/weak_access.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

#include "fuzz/exec/execution.h"
#include "fuzz/sync/arena.h"
#include "fuzz/sync/atomic.h"
#include "fuzz/sync/cell.h"
#include "fuzz/verdict/sanitizer.h"

namespace {

struct Mail {
  rw::sync::cell<std::uint32_t> data = 0;
  rw::sync::atomic<std::uint32_t> flag = 0;
};
Mail* s_mail;

}  // namespace

RW_TYPE_NAMED(Mail, "mail", data, flag)

namespace {

using namespace rw;

// T0 goes first; T1's loads take the message `stale` before the newest.
class OneAfterTheOther : public exec::Strategy {
 public:
  explicit OneAfterTheOther(unsigned stale) : stale_(stale) {}
  void begin(unsigned) override {}
  unsigned pick(const exec::View& view) override {
    return static_cast<unsigned>(__builtin_ctz(view.runnable));
  }
  unsigned choose(const exec::View&, unsigned task, unsigned n, const char*,
                  const sync::site&) override {
    return task == 1 && stale_ < n ? stale_ : 0;
  }

 private:
  unsigned stale_;
};

// T0 writes the data and raises the flag; T1 reads the flag, and then the data whatever it says.
exec::Result pass_a_message(unsigned stale, sync::order load, bool fence) {
  exec::Tasks tasks;
  tasks.before = [] { s_mail = sync::make<Mail>(); };
  tasks.bodies = {[] {
                    s_mail->data.set(1);
                    s_mail->flag.store(1, sync::order::release);
                  },
                  [=] {
                    (void)s_mail->flag.load(load);
                    if (fence) sync::fence(sync::order::acquire);
                    (void)s_mail->data.get();
                  }};
  exec::Settings settings;
  settings.memory = exec::Memory::weak;
  settings.races_go_on = true;
  OneAfterTheOther strategy(stale);
  return exec::run(tasks, settings, &strategy);
}

// T2 reads what T1's relaxed read-modify-write has made of what T0 released.
exec::Result pass_it_on() {
  exec::Tasks tasks;
  tasks.before = [] { s_mail = sync::make<Mail>(); };
  tasks.bodies = {[] {
                    s_mail->data.set(1);
                    s_mail->flag.store(1, sync::order::release);
                  },
                  [] { (void)s_mail->flag.fetch_add(1, sync::order::relaxed); },
                  [] {
                    (void)s_mail->flag.load(sync::order::acquire);
                    (void)s_mail->data.get();
                  }};
  exec::Settings settings;
  settings.memory = exec::Memory::weak;
  settings.races_go_on = true;
  OneAfterTheOther strategy(0);
  return exec::run(tasks, settings, &strategy);
}

TEST(WeakAccess, OurDetectorGoesByTheMessageThatWasRead) {
  EXPECT_EQ(pass_a_message(0, sync::order::acquire, false).races, 0U);
  EXPECT_EQ(pass_a_message(1, sync::order::acquire, false).races, 1U);
  EXPECT_EQ(pass_a_message(0, sync::order::relaxed, false).races, 1U);
  EXPECT_EQ(pass_a_message(0, sync::order::relaxed, true).races, 0U);
  EXPECT_EQ(pass_a_message(1, sync::order::relaxed, true).races, 1U);
  EXPECT_EQ(pass_it_on().races, 0U);
}

void leave_with_3(const verdict::SanitizerReport& report) {
  if (std::strstr(report.what, "race") != nullptr) _exit(3);
}

// 3 if ThreadSanitizer reports a race in it, 0 if not.
template <typename F>
void exit_status_of(F run) {
  verdict::set_report_hook(leave_with_3);
  run();
  _exit(0);
}

TEST(WeakAccessDeathTest, ThreadSanitizerGoesByTheMessageThatWasRead) {
  if (!verdict::built_with(verdict::Sanitizer::thread)) GTEST_SKIP() << "needs the tsan build";
  using testing::ExitedWithCode;
  const auto mp = [](unsigned stale, sync::order load, bool fence) {
    exit_status_of([=] { pass_a_message(stale, load, fence); });
  };
  EXPECT_EXIT(mp(0, sync::order::acquire, false), ExitedWithCode(0), "");
  EXPECT_EXIT(mp(1, sync::order::acquire, false), ExitedWithCode(3), "");
  EXPECT_EXIT(mp(0, sync::order::relaxed, false), ExitedWithCode(3), "");
  EXPECT_EXIT(mp(0, sync::order::relaxed, true), ExitedWithCode(0), "");
  EXPECT_EXIT(mp(1, sync::order::relaxed, true), ExitedWithCode(3), "");
  EXPECT_EXIT(exit_status_of([] { pass_it_on(); }), ExitedWithCode(0), "");
}

}  // namespace

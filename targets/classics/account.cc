// account: a check that is right unless it comes last.
//
//   1  T1 deposits, T2 withdraws, each under the lock
//   2  T3, under the lock, finds both done and compares the balance with a sum that has the
//      deposit's sign wrong
//
// Fix: the sum is right.
// Source: SCTBench "CS/account" (Thomson, Donaldson, Betts, PPoPP 2014), from the ESBMC suite.
#include "targets/classics/classic.h"
#include "targets/classics/posix.h"

namespace rw::classics {
namespace {

constexpr int kStart = 10;
constexpr int kDeposit = 3;
constexpr int kWithdrawal = 2;

struct Account {
  mutex lock;
  plain_int balance{kStart};
  plain_int deposited{0};
  plain_int withdrawn{0};
  once deposits;
  once withdrawals;
};

Account* s;
bool s_planted;

}  // namespace
}  // namespace rw::classics

RW_TYPE_NAMED(rw::classics::Account, "account", lock, balance, deposited, withdrawn)

namespace rw::classics {
namespace {

void begin(bool planted) {
  s = sync::make<Account>();
  s_planted = planted;
}

const char* deposit() {
  if (!s->deposits.first()) return "the deposit is made";
  s->lock.lock();
  s->balance.store(s->balance.load() + kDeposit);
  s->deposited.store(1);
  s->lock.unlock();
  return nullptr;
}

const char* withdraw() {
  if (!s->withdrawals.first()) return "the withdrawal is made";
  s->lock.lock();
  s->balance.store(s->balance.load() - kWithdrawal);
  s->withdrawn.store(1);
  s->lock.unlock();
  return nullptr;
}

const char* check() {
  s->lock.lock();
  if (s->deposited.load() != 0 && s->withdrawn.load() != 0) {
    const int expected = kStart + (s_planted ? -kDeposit : kDeposit) - kWithdrawal;
    require(s->balance.load() == expected, "account.balance", "the balance is not the sum");
  }
  s->lock.unlock();
  return nullptr;
}

constexpr Program kPrograms[] = {
    {.name = "account", .teams = {{1, 0}, {1, 1}, {1, 2}}, .best = {"RFF", 1}, .budget = 100},
};

}  // namespace

constinit const Classic account = {
    .name = "account",
    .kinds = {"invariant"},
    .what = "a check with a wrong sign, behind a condition that holds only if it comes last",
    .fix = "the sign is right",
    .source = "SCTBench CS/account (Thomson, Donaldson, Betts, PPoPP 2014)",
    .begin = begin,
    .roles = {deposit, withdraw, check},
    .finish = nullptr,
    .programs = kPrograms,
};

}  // namespace rw::classics

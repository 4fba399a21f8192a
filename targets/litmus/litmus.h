// litmus: memory-model conformance programs as data, and their one parser.
//
// A row is a tiny program, one final outcome, and whether a memory model lets that outcome happen.
// The rows live in cxx.def (C and C++ atomics) and lkmm.def (the Linux-kernel memory model).
//
// Notation. Tasks are separated by "||" and named T0, T1, ... in order; statements by ";". All
// locations (x y z w d) start at 0; registers r0..r9 belong to a task.
//   x.rlx=1  x.rlx=r0   store             orders: na rlx acq rel ar sc (C++)
//   r0=x.acq            load                      plain once acq rel full (kernel)
//   r0=add.rlx(x,1)     fetch_add; r0 gets the value before. xchg likewise: exchange
//   fence.sc            fences of C++: acq rel ar sc; of the kernel: mb wmb rmb mb_after_atomic
//                       mb_after_spinlock
//   if(r0)              guards all that follows in this task
//   atomic_inc(x) lock(s) unlock(s) rcu_lock rcu_unlock sync_rcu
//   i=srcu_lock(s) srcu_unlock(s,i) sync_srcu(t)         (kernel; s and t: two locks or domains)
// An outcome is a conjunction of "1:r0=1" (register r0 of T1) and "y=2" (final value of y).
//
// Promises: parse() accepts exactly this notation; every row of this build parses and means
// something (litmus_test.cc). Leaves out: verdicts under sc, which are computed by enumeration
// where they are needed, and other models' machinery.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rw::litmus {

enum class Dialect : std::uint8_t { cxx, kernel };

// What the dialect's model (RC11, LKMM) says of the outcome. `race`: allowed, by a data race.
enum class Verdict : std::uint8_t { forbidden, allowed, race };

struct Row {
  const char* id;  // "C19", "L52"
  const char* name;
  Dialect dialect;
  const char* program;
  const char* outcome;
  Verdict verdict;
  const char* note;
};

// All rows, C1 first.
std::span<const Row> rows();

enum class Action : std::uint8_t {
  store,
  load,
  add,  // fetch_add
  exchange,
  fence,
  guard,      // go on only if the register is not 0
  increment,  // atomic_inc: no value, no order
  lock,
  unlock,
  rcu_lock,
  rcu_unlock,
  sync_rcu,
  srcu_lock,
  srcu_unlock,
  sync_srcu,
};

enum class Order : std::uint8_t {
  plain,    // na, plain: a data access that something else must order
  relaxed,  // rlx, once
  acquire,
  release,
  acq_rel,
  seq_cst,
  full,  // the kernel's value-returning atomics; smp_mb()
  wmb,
  rmb,
  after_atomic,    // smp_mb__after_atomic()
  after_spinlock,  // smp_mb__after_spinlock()
};

inline constexpr std::string_view kLocationNames = "xyzwd";
inline constexpr unsigned kLocations = kLocationNames.size();
inline constexpr unsigned kRegisters = 11;  // r0..r9 i
inline constexpr unsigned kDomains = 2;     // s t
inline constexpr unsigned kMaxThreads = 4;

struct Statement {
  Action action = Action::load;
  Order order = Order::relaxed;
  std::uint8_t where = 0;   // location; for locks and SRCU: domain
  std::uint8_t result = 0;  // register written, where the action has a result
  bool operand_is_register = false;
  std::uint32_t operand = 0;  // value, or the register that holds it
};

// "1:r0=1", or "y=2" where thread is -1.
struct Clause {
  int thread = -1;
  std::uint8_t index = 0;  // register or location
  std::uint32_t value = 0;
};

struct Litmus {
  std::vector<std::vector<Statement>> threads;
  std::vector<Clause> outcome;
};

// The final state of one execution.
struct Final {
  std::uint32_t registers[kMaxThreads][kRegisters] = {};
  std::uint32_t memory[kLocations] = {};
  auto operator<=>(const Final&) const = default;
};

// What is wrong with a row, and what to write instead.
struct Mistake {
  std::string what;  // empty: nothing
  int task = -1;     // in its statements; -1: in the outcome
};

// Reads a program and an outcome. If `mistake` says something afterwards, the Litmus is incomplete.
Litmus parse(std::string_view program, std::string_view outcome, Mistake& mistake);
Litmus parse(std::string_view program, std::string_view outcome, std::string& error);

// What the notation can say and the dialect does not have, such as a kernel lock in a row of C++.
Mistake meaningless(const Litmus& test, Dialect dialect);

// Whether the asked outcome holds in `final`.
bool holds(const Litmus& test, const Final& final);

// Whether any statement of the test uses location `where` as plain data.
bool is_plain(const Litmus& test, unsigned where);

// "0:r0=0 1:r0=1 x=1": every register and location the test mentions.
std::string describe(const Litmus& test, const Final& final);

}  // namespace rw::litmus

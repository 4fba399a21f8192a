#include <fmt/format.h>

#include <array>
#include <cctype>
#include <optional>

#include "targets/litmus/litmus.h"
#include "targets/litmus/mistake.h"

namespace rw::litmus {

namespace {

constexpr std::string_view kDomainNames = "st";
constexpr std::uint8_t kRegisterI = 10;

std::string_view trim(std::string_view s) {
  while (!s.empty() && std::isspace(static_cast<unsigned char>(s.front()))) s.remove_prefix(1);
  while (!s.empty() && std::isspace(static_cast<unsigned char>(s.back()))) s.remove_suffix(1);
  return s;
}

std::vector<std::string_view> split(std::string_view s, std::string_view separator) {
  std::vector<std::string_view> pieces;
  for (;;) {
    const std::size_t at = s.find(separator);
    pieces.push_back(trim(s.substr(0, at)));
    if (at == std::string_view::npos) return pieces;
    s.remove_prefix(at + separator.size());
  }
}

// The index of the one-letter name `s` in `names`.
std::optional<std::uint8_t> letter(std::string_view s, std::string_view names) {
  const std::size_t at = s.size() == 1 ? names.find(s[0]) : std::string_view::npos;
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(at);
}

std::optional<std::uint8_t> digit(std::string_view s) {
  return letter(s, "0123456789");
}

std::optional<std::uint8_t> register_index(std::string_view s) {
  if (s == "i") return kRegisterI;
  if (s.size() == 2 && s[0] == 'r') return digit(s.substr(1));
  return std::nullopt;
}

std::optional<Order> order_of(std::string_view s) {
  struct Spelling {
    std::string_view name;
    Order order;
  };
  static constexpr std::array<Spelling, 10> kOrders = {{{"na", Order::plain},
                                                        {"plain", Order::plain},
                                                        {"rlx", Order::relaxed},
                                                        {"once", Order::relaxed},
                                                        {"acq", Order::acquire},
                                                        {"rel", Order::release},
                                                        {"ar", Order::acq_rel},
                                                        {"sc", Order::seq_cst},
                                                        {"full", Order::full},
                                                        {"mb", Order::full}}};
  for (const Spelling& o : kOrders)
    if (o.name == s) return o.order;
  return std::nullopt;
}

// Statements that are one fixed word.
std::optional<Statement> parse_word(std::string_view s) {
  if (s == "mb") return Statement{.action = Action::fence, .order = Order::full};
  if (s == "wmb") return Statement{.action = Action::fence, .order = Order::wmb};
  if (s == "rmb") return Statement{.action = Action::fence, .order = Order::rmb};
  if (s == "mb_after_atomic")
    return Statement{.action = Action::fence, .order = Order::after_atomic};
  if (s == "mb_after_spinlock")
    return Statement{.action = Action::fence, .order = Order::after_spinlock};
  if (s == "rcu_lock") return Statement{.action = Action::rcu_lock};
  if (s == "rcu_unlock") return Statement{.action = Action::rcu_unlock};
  if (s == "sync_rcu") return Statement{.action = Action::sync_rcu};
  if (!s.starts_with("fence.")) return std::nullopt;
  const auto order = order_of(s.substr(6));
  if (!order) return std::nullopt;
  return Statement{.action = Action::fence, .order = *order};
}

// "name(a)" or "name(a,b)"; empty name if `s` is not a call.
struct Call {
  std::string_view name;
  std::vector<std::string_view> arguments;
};
Call as_call(std::string_view s) {
  const std::size_t open = s.find('(');
  if (open == std::string_view::npos || s.back() != ')') return {};
  return {s.substr(0, open), split(s.substr(open + 1, s.size() - open - 2), ",")};
}

// Calls without a result: if(r0), atomic_inc(x), lock(s), srcu_unlock(s,i), ...
std::optional<Statement> parse_call(const Call& call) {
  const std::string_view first = call.arguments.empty() ? "" : call.arguments[0];
  if (call.name == "srcu_unlock") {
    const auto domain = letter(first, kDomainNames);
    if (!domain || call.arguments.size() != 2 || call.arguments[1] != "i") return std::nullopt;
    return Statement{.action = Action::srcu_unlock,
                     .where = *domain,
                     .operand_is_register = true,
                     .operand = kRegisterI};
  }
  if (call.arguments.size() != 1) return std::nullopt;
  if (call.name == "if") {
    const auto reg = register_index(first);
    if (!reg) return std::nullopt;
    return Statement{.action = Action::guard, .operand_is_register = true, .operand = *reg};
  }
  if (call.name == "atomic_inc") {
    const auto location = letter(first, kLocationNames);
    if (!location) return std::nullopt;
    return Statement{.action = Action::increment, .where = *location, .operand = 1};
  }
  const auto domain = letter(first, kDomainNames);
  if (!domain) return std::nullopt;
  if (call.name == "lock") return Statement{.action = Action::lock, .where = *domain};
  if (call.name == "unlock") return Statement{.action = Action::unlock, .where = *domain};
  if (call.name == "sync_srcu") return Statement{.action = Action::sync_srcu, .where = *domain};
  return std::nullopt;
}

bool parse_operand(std::string_view s, Statement& into) {
  if (const auto reg = register_index(s)) {
    into.operand_is_register = true;
    into.operand = *reg;
    return true;
  }
  const auto value = digit(s);
  if (value) into.operand = *value;
  return value.has_value();
}

// "x.rlx": a location and an order.
bool parse_access(std::string_view s, Statement& into) {
  if (s.size() < 3 || s[1] != '.') return false;
  const auto location = letter(s.substr(0, 1), kLocationNames);
  const auto order = order_of(s.substr(2));
  if (!location || !order) return false;
  into.where = *location;
  into.order = *order;
  return true;
}

// The right-hand side of "r0=...".
std::optional<Statement> parse_result(std::string_view right, std::uint8_t result) {
  Statement s{.action = Action::load, .result = result};
  const Call call = as_call(right);
  if (call.name.empty()) return parse_access(right, s) ? std::optional(s) : std::nullopt;
  const std::string_view first = call.arguments[0];
  if (call.name == "srcu_lock") {
    const auto domain = letter(first, kDomainNames);
    if (!domain || call.arguments.size() != 1 || result != kRegisterI) return std::nullopt;
    s.action = Action::srcu_lock;
    s.where = *domain;
    return s;
  }
  const std::size_t dot = call.name.find('.');
  if (dot == std::string_view::npos || call.arguments.size() != 2) return std::nullopt;
  const std::string_view kind = call.name.substr(0, dot);
  if (kind != "add" && kind != "xchg") return std::nullopt;
  s.action = kind == "add" ? Action::add : Action::exchange;
  const auto location = letter(first, kLocationNames);
  const auto order = order_of(call.name.substr(dot + 1));
  if (!location || !order || !parse_operand(call.arguments[1], s)) return std::nullopt;
  s.where = *location;
  s.order = *order;
  return s;
}

std::optional<Statement> parse_statement(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (const auto word = parse_word(text)) return word;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return parse_call(as_call(text));
  const std::string_view left = trim(text.substr(0, equals));
  const std::string_view right = trim(text.substr(equals + 1));
  if (right.empty()) return std::nullopt;
  if (const auto reg = register_index(left)) return parse_result(right, *reg);
  Statement s{.action = Action::store};
  if (!parse_access(left, s) || !parse_operand(right, s)) return std::nullopt;
  return s;
}

std::optional<Clause> parse_clause(std::string_view text, unsigned threads) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  std::string_view left = trim(text.substr(0, equals));
  const auto value = digit(trim(text.substr(equals + 1)));
  if (!value) return std::nullopt;
  Clause clause{.value = *value};
  if (left.size() > 2 && left[1] == ':') {
    const auto thread = digit(left.substr(0, 1));
    const auto reg = register_index(left.substr(2));
    if (!thread || *thread >= threads || !reg) return std::nullopt;
    clause.thread = *thread;
    clause.index = *reg;
    return clause;
  }
  const auto location = letter(left, kLocationNames);
  if (!location) return std::nullopt;
  clause.index = *location;
  return clause;
}

}  // namespace

Litmus parse(std::string_view program, std::string_view outcome, Mistake& mistake) {
  Litmus test;
  mistake = {};
  for (std::string_view thread : split(program, "||")) {
    const std::string name = fmt::format("T{}:", test.threads.size());
    mistake.task = static_cast<int>(test.threads.size());
    if (test.threads.size() == kMaxThreads || !thread.starts_with(name)) {
      mistake.what = test.threads.size() == kMaxThreads
                         ? fmt::format("more than {} tasks", kMaxThreads)
                         : fmt::format("'{}' does not begin with {}", thread, name);
      return test;
    }
    std::vector<Statement>& statements = test.threads.emplace_back();
    for (std::string_view text : split(thread.substr(name.size()), ";")) {
      const auto statement = parse_statement(text);
      if (!statement) {
        mistake.what = statement_mistake(text);
        return test;
      }
      statements.push_back(*statement);
    }
  }
  mistake.task = -1;
  for (std::string_view text : split(outcome, "&")) {
    const auto clause = parse_clause(text, static_cast<unsigned>(test.threads.size()));
    if (!clause) {
      mistake.what = fmt::format(
          "'{}' is no part of an outcome; write 1:r0=1 (register r0 of T1) or y=2 (the last value "
          "of y), joined by &; values are 0 to 9",
          text);
      return test;
    }
    test.outcome.push_back(*clause);
  }
  return test;
}

Litmus parse(std::string_view program, std::string_view outcome, std::string& error) {
  Mistake mistake;
  Litmus test = parse(program, outcome, mistake);
  error = mistake.what;
  return test;
}

bool holds(const Litmus& test, const Final& final) {
  for (const Clause& c : test.outcome) {
    const std::uint32_t seen =
        c.thread < 0 ? final.memory[c.index] : final.registers[c.thread][c.index];
    if (seen != c.value) return false;
  }
  return true;
}

bool is_plain(const Litmus& test, unsigned where) {
  for (const auto& thread : test.threads)
    for (const Statement& s : thread)
      if (s.order == Order::plain && s.where == where &&
          (s.action == Action::load || s.action == Action::store))
        return true;
  return false;
}

std::string describe(const Litmus& test, const Final& final) {
  std::string text;
  for (unsigned t = 0; t < test.threads.size(); ++t) {
    bool written[kRegisters] = {};
    for (const Statement& s : test.threads[t])
      written[s.result] |=
          s.action == Action::load || s.action == Action::add || s.action == Action::exchange;
    for (unsigned r = 0; r < kRegisters; ++r)
      if (written[r]) text += fmt::format("{}:r{}={} ", t, r, final.registers[t][r]);
  }
  for (unsigned l = 0; l < kLocations; ++l)
    text += fmt::format("{}={} ", kLocationNames[l], final.memory[l]);
  text.pop_back();
  return text;
}

}  // namespace rw::litmus

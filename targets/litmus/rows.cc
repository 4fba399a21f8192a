#include "targets/litmus/litmus.h"

namespace rw::litmus {

namespace {

constexpr Verdict forbidden = Verdict::forbidden;
constexpr Verdict allowed = Verdict::allowed;
constexpr Verdict race = Verdict::race;

constexpr Row kRows[] = {
#define RW_LITMUS(id, name, program, outcome, verdict, note) \
  {id, name, Dialect::cxx, program, outcome, verdict, note},
#include "targets/litmus/cxx.def"
#undef RW_LITMUS
#define RW_LITMUS(id, name, program, outcome, verdict, note) \
  {id, name, Dialect::kernel, program, outcome, verdict, note},
#include "targets/litmus/lkmm.def"
#undef RW_LITMUS
};

}  // namespace

std::span<const Row> rows() {
  return kRows;
}

}  // namespace rw::litmus

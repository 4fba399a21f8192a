#include "targets/litmus/conformance.h"

#include <string>
#include <vector>

#include "fuzz/sync/check.h"
#include "targets/litmus/run.h"

namespace rw::litmus {

namespace {

class RowProgram : public ConformanceProgram {
 public:
  RowProgram(Litmus test, Dialect dialect) : test_(std::move(test)), runner_(test_, dialect) {}

  unsigned task_count() const override { return static_cast<unsigned>(test_.threads.size()); }
  void setup() override { runner_.setup(); }
  void task(unsigned t) override { runner_.task(t); }
  void finish() override { runner_.finish(); }
  bool shown() const override { return holds(test_, runner_.final()); }

 private:
  Litmus test_;
  Runner runner_;
};

ModelVerdict verdict_of(Verdict v) {
  return v == Verdict::race      ? ModelVerdict::race
         : v == Verdict::allowed ? ModelVerdict::allowed
                                 : ModelVerdict::forbidden;
}

}  // namespace

std::span<const ConformanceRow> conformance_rows() {
  static const std::vector<ConformanceRow> all = [] {
    std::vector<ConformanceRow> made;
    for (const Row& r : rows())
      made.push_back({r.id, r.name, r.dialect == Dialect::kernel, r.program, r.outcome,
                      verdict_of(r.verdict), r.note});
    return made;
  }();
  return all;
}

std::optional<ConformanceMistake> mistake_in(const ConformanceRow& row) {
  Mistake mistake;
  const Litmus test = parse(row.program, row.outcome, mistake);
  if (mistake.what.empty())
    mistake = meaningless(test, row.kernel ? Dialect::kernel : Dialect::cxx);
  if (mistake.what.empty()) return std::nullopt;
  return ConformanceMistake{mistake.task, mistake.what};
}

std::unique_ptr<ConformanceProgram> conformance_program(const ConformanceRow& row) {
  std::string error;
  Litmus test = parse(row.program, row.outcome, error);
  RW_CHECK(error.empty(), "a litmus row that does not parse is run");
  return std::make_unique<RowProgram>(std::move(test), row.kernel ? Dialect::kernel : Dialect::cxx);
}

}  // namespace rw::litmus

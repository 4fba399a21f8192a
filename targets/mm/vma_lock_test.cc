// Faults without mmap_sem are right once nothing of what they need is left out.
#include "targets/mm/vma_lock.h"

#include "targets/mm/design.h"
#include "targets/mm/harness_test.h"

namespace rw::mm::test {
namespace {

bool is_of_faults(const Rule& rule) {
  for (const Condition& c : rule.when)
    if (c.axis == axis_fault_path) return true;
  return false;
}

// The stored program of a wrong rule, with its way to fault, and nothing wrong any more.
program::Program put_right(const Rule& rule) {
  auto loaded = program::load(RACEWALK_SOURCE_DIR "/repro/mm/" + std::string(rule.name) + ".race");
  EXPECT_TRUE(loaded.ok()) << rule.name;
  program::Program p = loaded.value();
  const auto value = [&](axis_index axis) { return p.design[axis]; };
  const bool type_stable = value(axis_vma_free) == static_cast<std::uint8_t>(vma_free::type_stable);
  const bool has_vm_refcnt =
      value(axis_fault_path) == static_cast<std::uint8_t>(fault_path::vm_refcnt);
  for (const Condition& c : rule.when) {
    // What asks the most of the others is not wrong by itself.
    if (c.axis == axis_vma_free && type_stable && has_vm_refcnt) continue;
    if (c.axis != axis_fault_path) p.design[c.axis] = 0;
  }
  if (p.design[axis_fault_path] == static_cast<std::uint8_t>(fault_path::refcount_v1))
    p.design[axis_fault_path] = static_cast<std::uint8_t>(fault_path::refcount);
  return p;
}

TEST(FaultsWithoutMmapSem, WhatFailsByAnOmissionIsSilentWithoutItOnTheSamePath) {
  constexpr unsigned kSeeds = 30;  // per strategy
  unsigned rules = 0;
  for (const Rule& rule : target().rules()) {
    if (!is_of_faults(rule)) continue;
    ++rules;
    const program::Program p = put_right(rule);
    EXPECT_NE(p.design[axis_fault_path], static_cast<std::uint8_t>(fault_path::mmap_sem));
    EXPECT_TRUE(program::verdict(target(), p.design).right()) << rule.name;
    schedule::Replay same(p.schedule.decisions);
    const exec::Result r = run_with(p, same);
    EXPECT_FALSE(r.failure) << rule.name << ": " << describe(r);
    const auto failure = search(p, kSeeds);
    EXPECT_FALSE(failure) << rule.name << ": " << failure->kind << ": " << failure->message;
  }
  EXPECT_GT(rules, 0U);
}

}  // namespace
}  // namespace rw::mm::test

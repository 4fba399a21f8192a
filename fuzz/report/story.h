// Traces told by hand, for tests: each call is one event of a small invented run.
#pragma once

#include <string>
#include <utility>

#include "fuzz/exec/failure.h"
#include "fuzz/exec/trace.h"

namespace rw::report {

struct Story {
  exec::Trace trace;
  std::uint32_t step = 0;
  std::uint8_t phase = 1;

  exec::Event& event(exec::EventKind kind, unsigned task, std::string object = "") {
    exec::Event e;
    e.kind = kind;
    e.task = static_cast<std::uint8_t>(task);
    e.phase = phase;
    e.step = ++step;
    e.object = std::move(object);
    // One location per name.
    for (const char c : e.object) e.location = e.location * 31 + static_cast<unsigned char>(c);
    e.where = {"targets/mm/zap.cc", "zap_pte_range", 100 + step};
    trace.events.push_back(std::move(e));
    return trace.events.back();
  }
  void op(unsigned task, std::string text) {
    event(exec::EventKind::op_begin, task).text = std::move(text);
  }
  void op_end(unsigned task, std::string text = "") {
    event(exec::EventKind::op_end, task).text = std::move(text);
  }
  // A lock call that waits not at all.
  void lock(unsigned task, const std::string& name, const std::string& object) {
    event(exec::EventKind::operation_begin, task, object).text = name;
    event(exec::EventKind::rmw, task, object).after = 1;
    event(exec::EventKind::acquired, task, object);
    event(exec::EventKind::operation_end, task, object);
  }
  void unlock(unsigned task, const std::string& name, const std::string& object) {
    event(exec::EventKind::operation_begin, task, object).text = name;
    event(exec::EventKind::released, task, object);
    event(exec::EventKind::store, task, object).before = 1;
    event(exec::EventKind::operation_end, task, object);
  }
  // A lock call that finds the lock taken and has not come back.
  void blocks(unsigned task, const std::string& name, const std::string& object) {
    event(exec::EventKind::operation_begin, task, object).text = name;
    event(exec::EventKind::wait, task, object);
  }
  void change(unsigned task, const std::string& object, std::uint64_t before, std::uint64_t after) {
    exec::Event& e = event(exec::EventKind::store, task, object);
    e.before = before;
    e.after = after;
  }
  // Of a plain field whose value the trace knows.
  void plain(unsigned task, exec::EventKind kind, const std::string& object, std::uint64_t value) {
    exec::Event& e = event(kind, task, object);
    e.known = true;
    e.after = value;
  }
  void read(unsigned task, const std::string& object, std::uint64_t value) {
    event(exec::EventKind::load, task, object).after = value;
  }
  // The choice in front of an access, under a memory model that has several.
  void choose(unsigned task, const std::string& what, std::uint64_t value) {
    exec::Event& e = event(exec::EventKind::choice, task);
    e.text = what;
    e.after = value;
  }
  void note(unsigned task, std::string text) {
    event(exec::EventKind::note, task).text = std::move(text);
  }
  exec::Place here() const { return trace.events.back().where; }
};

}  // namespace rw::report

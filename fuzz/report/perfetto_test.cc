#include "fuzz/report/perfetto.h"

#include <gtest/gtest.h>

#include <map>

#include "fuzz/report/story.h"

namespace rw::report {
namespace {

using exec::EventKind;

// What the importer of Perfetto asks of a file, as said in perfetto.h.
class Validator {
 public:
  std::vector<std::string> problems_of(const Json& document) {
    for (const Json& e : document.at("traceEvents")) event(e);
    for (const auto& [id, count] : open_)
      if (count != 0) wrong("never ends: " + id);
    return problems_;
  }

 private:
  void wrong(const std::string& what) { problems_.push_back(what); }

  void event(const Json& e) {
    const std::string phase = e.at("ph");
    if (phase == "M") return;
    const std::uint64_t time = e.at("ts");
    if (time < now_) wrong("time falls");
    now_ = time;
    if (phase == "X") slice(e, time);
    if (phase == "s" || phase == "b") ++open_[phase + id_of(e)];
    if (phase == "f" || phase == "e")
      if (--open_[(phase == "f" ? "s" : "b") + id_of(e)] < 0) wrong("ends unbegun");
    if (phase == "f" || phase == "s") flow(e, time);
  }

  static std::string id_of(const Json& e) { return e.at("id").dump(); }

  // Each slice lies in the one below it on the thread's stack, or behind it.
  void slice(const Json& e, std::uint64_t time) {
    std::vector<std::uint64_t>& ends = ends_[e.at("tid")];
    while (!ends.empty() && ends.back() <= time) ends.pop_back();
    const std::uint64_t end = time + e.at("dur").get<std::uint64_t>();
    if (end == time) wrong("an empty slice");
    if (!ends.empty() && end > ends.back()) wrong("slices overlap");
    ends.push_back(end);
  }

  void flow(const Json& e, std::uint64_t time) {
    const std::vector<std::uint64_t>& ends = ends_[e.at("tid")];
    if (ends.empty() || ends.back() <= time) wrong("a flow that meets no slice");
  }

  std::uint64_t now_ = 0;
  std::map<int, std::vector<std::uint64_t>> ends_;
  std::map<std::string, int> open_;
  std::vector<std::string> problems_;
};

std::vector<std::string> problems_of(const Json& document) {
  return Validator().problems_of(document);
}

// Two tasks hand a lock over; each event is a step of its own.
Story hand_over() {
  Story s;
  const auto known = [&](memory::Clock clock) { s.trace.events.back().clock = clock; };
  s.op(0, "a");
  known({1, 0});
  s.event(EventKind::load, 0, "x#1.count").clock = {1, 0};  // begins with its op
  s.op(1, "b");
  known({0, 1});
  s.event(EventKind::acquired, 0, "x#1.lock").clock = {1, 0};
  s.event(EventKind::acquired, 0, "x#1.other").clock = {1, 0};
  s.event(EventKind::released, 0, "x#1.lock").clock = {1, 0};
  s.event(EventKind::store, 0, "x#1.lock").clock = {2, 0};
  s.event(EventKind::rmw, 1, "x#1.lock").clock = {1, 1};
  s.event(EventKind::acquired, 1, "x#1.lock").clock = {1, 1};
  s.op_end(1);
  s.op_end(0);
  return s;
}

Json written(const Story& s) {
  Run run;
  run.file = "x.race";
  run.trace = &s.trace;
  return perfetto(run);
}

TEST(Perfetto, SlicesNestAndFlowsAndLocksPairUp) {
  const Json document = written(hand_over());
  EXPECT_EQ(problems_of(document), std::vector<std::string>{});
  std::map<std::string, int> count;
  for (const Json& e : document.at("traceEvents")) ++count[e.at("ph")];
  EXPECT_EQ(count["s"], 1) << "the hand-over";
  EXPECT_EQ(count["b"], 3) << "three locks are held at some time, two of them to the end";
  EXPECT_GE(count["X"], 8);
}

TEST(Perfetto, ThreadsHaveNames) {
  const Json document = written(hand_over());
  std::map<int, std::string> names;
  for (const Json& e : document.at("traceEvents"))
    if (e.at("name") == "thread_name") names[e.at("tid")] = e.at("args").at("name");
  EXPECT_EQ(names, (std::map<int, std::string>{{2, "T0"}, {3, "T1"}}));
}

TEST(Perfetto, TheValidatorSeesWhatIsWrong) {
  const Json good = written(hand_over());
  const auto damaged = [&](const std::string& phase, const char* field, const Json& value) {
    Json bad = good;
    for (Json& e : bad["traceEvents"])
      if (e.at("ph") == phase) {
        e[field] = value;
        break;
      }
    return problems_of(bad);
  };
  EXPECT_EQ(damaged("X", "dur", 0).size(), 1u);
  EXPECT_EQ(damaged("e", "ph", "b").size(), 1u) << "a lock that never ends";
  EXPECT_FALSE(damaged("f", "id", 77).empty());
  EXPECT_FALSE(damaged("X", "ts", 1000).empty());
  EXPECT_FALSE(damaged("f", "tid", 77).empty());
  Json longer = good;
  for (Json& e : longer["traceEvents"])
    if (e.value("cat", "") == "step") e["dur"] = 2;
  EXPECT_FALSE(problems_of(longer).empty()) << "steps run into one another";
}

}  // namespace
}  // namespace rw::report

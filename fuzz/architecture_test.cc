// The rules of the house that a compiler does not check, checked on the source text.
//
// Each rule is a function from a file to violations, so each is also tried on a planted mistake:
// a rule that finds nothing anywhere would pass unnoticed otherwise.
// Leaves out: what only a reader can judge, and formatting (ci/lint).
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using std::string;
using std::string_view;

struct File {
  string path;  // relative to the tree: "fuzz/exec/fiber.cc"
  string text;
};

using Violations = std::vector<string>;

// ---- reading ------------------------------------------------------------------------------------

bool is_code(const fs::path& path) {
  static const std::set<string> endings{".cc", ".h", ".def"};
  return endings.contains(path.extension().string());
}

// All files below `root` in the folders that people write, with paths relative to it.
std::vector<File> read_tree(const fs::path& root) {
  std::vector<File> files;
  auto add = [&](const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    files.push_back({fs::relative(path, root).generic_string(), text.str()});
  };
  for (const char* folder : {"fuzz", "targets", "cmake", "ci", ".ci", "docs"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file()) add(entry.path());
    }
  }
  for (const char* name : {"CMakeLists.txt", "README.md"}) {
    if (fs::exists(root / name)) add(root / name);
  }
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

// `code` with comments and the contents of literals blanked out; line breaks stay.
string without_comments_and_literals(string_view code) {
  string out(code);
  auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, out.size()); ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
  };
  std::size_t i = 0;
  while (i < code.size()) {
    std::size_t end = i + 1;
    if (code.substr(i, 2) == "//") {
      end = std::min(code.find('\n', i), code.size());
      blank(i, end);
    } else if (code.substr(i, 2) == "/*") {
      const std::size_t close = code.find("*/", i + 2);
      end = close == code.npos ? code.size() : close + 2;
      blank(i, end);
    } else if (code.substr(i, 2) == "R\"") {
      const std::size_t open = std::min(code.find('(', i), code.size());
      const string close = ")" + string(code.substr(i + 2, open - i - 2)) + "\"";
      const std::size_t at = code.find(close, open);
      end = at == code.npos ? code.size() : at + close.size();
      blank(i, end);
    } else if (code[i] == '"' ||
               (code[i] == '\'' &&
                (i == 0 || !std::isalnum(static_cast<unsigned char>(code[i - 1]))))) {
      while (end < code.size() && code[end] != code[i] && code[end] != '\n') {
        end += code[end] == '\\' ? 2 : 1;
      }
      blank(i + 1, end);
      ++end;
    }
    i = end;
  }
  return out;
}

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// Positions of `word` in `text`, not as part of a longer identifier on either side.
std::vector<std::size_t> find_word(string_view text, string_view word) {
  std::vector<std::size_t> found;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !in_word(text[at - 1]) || !in_word(word.front());
    const std::size_t end = at + word.size();
    const bool ends = end == text.size() || !in_word(text[end]) || !in_word(word.back());
    if (begins && ends) found.push_back(at);
  }
  return found;
}

string at_line(const File& file, std::size_t position, const string& what) {
  const auto line = 1 + std::count(file.text.begin(),
                                   file.text.begin() + static_cast<std::ptrdiff_t>(position), '\n');
  return file.path + ":" + std::to_string(line) + ": " + what;
}

bool is_test(const File& file) {
  static const std::array endings{"_test.cc", "_test.h", "_bench.cc"};
  return std::any_of(endings.begin(), endings.end(),
                     [&](const char* ending) { return file.path.ends_with(ending); });
}

// "fuzz/exec/fiber.cc" -> "fuzz/exec"; "fuzz/target.h" -> "fuzz".
string room_of(string_view path) {
  return string(path.substr(0, path.rfind('/')));
}

bool lies_in(const File& file, std::initializer_list<string_view> rooms) {
  return std::find(rooms.begin(), rooms.end(), room_of(file.path)) != rooms.end();
}

void forbid(const File& file, const string& code, std::initializer_list<string_view> words,
            const string& why, Violations& out) {
  for (string_view word : words) {
    for (std::size_t at : find_word(code, word)) {
      out.push_back(at_line(file, at, string(word) + ": " + why));
    }
  }
}

// ---- rules --------------------------------------------------------------------------------------

using Rooms = std::set<string>;

// What each room's headers and sources may include, beside the room itself.
const std::map<string, Rooms>& floors() {
  static const std::map<string, Rooms> map = [] {
    const Rooms seam{"fuzz/sync"};
    auto with = [](Rooms rooms, std::initializer_list<string> more) {
      rooms.insert(more.begin(), more.end());
      return rooms;
    };
    const Rooms exec = with(seam, {"fuzz/memory"});
    const Rooms above_exec = with(exec, {"fuzz/exec", "fuzz"});
    const Rooms upper = with(above_exec, {"fuzz/schedule", "fuzz/program", "fuzz/verdict"});
    const Rooms top = with(upper, {"fuzz/shrink", "fuzz/report"});
    const Rooms target = with(seam, {"fuzz"});
    return std::map<string, Rooms>{
        {"fuzz", {}},
        {"fuzz/sync", {}},
        {"fuzz/memory", seam},
        {"fuzz/exec", with(exec, {"fuzz"})},
        {"fuzz/schedule", above_exec},
        {"fuzz/verdict", above_exec},
        {"fuzz/program", with(above_exec, {"fuzz/schedule"})},
        {"fuzz/shrink", upper},
        {"fuzz/report", upper},
        {"fuzz/engine", top},
        {"fuzz/cli", with(top, {"fuzz/engine"})},
        {"targets/kernel", target},
        {"targets/mm", with(target, {"targets/kernel"})},
        {"targets/device", with(target, {"targets/kernel", "targets/mm"})},
    };
  }();
  return map;
}

bool may_include(const File& file, const string& room) {
  const string own = room_of(file.path);
  if (own == room) return true;
  const bool self_test = room == "targets/puzzles" || room == "targets/litmus";
  if (own.starts_with("fuzz") && is_test(file) && (room.starts_with("fuzz") || self_test)) {
    return true;
  }
  if (own.starts_with("targets") && is_test(file)) return true;
  if (file.path == "targets/registry.cc") return room == "fuzz" || room.starts_with("targets/");
  if (auto it = floors().find(own); it != floors().end()) return it->second.contains(room);
  // Any other target is code like the puzzles.
  return own.starts_with("targets/") &&
         (room == "fuzz/sync" || room == "fuzz" || room == "targets/kernel");
}

void check_includes(const File& file, const string& code, Violations& out) {
  static const string directive = "#include \"";
  for (std::size_t at = code.find(directive); at != code.npos; at = code.find(directive, at + 1)) {
    const std::size_t begin = at + directive.size();
    const string name = file.text.substr(begin, file.text.find('"', begin) - begin);
    if (!name.starts_with("fuzz/") && !name.starts_with("targets/")) {
      out.push_back(at_line(file, at, "\"" + name + "\" is not a path from the top of the tree"));
    } else if (!may_include(file, room_of(name))) {
      out.push_back(at_line(file, at, "\"" + name + "\": this room may not look there"));
    }
  }
}

void check_rooms(const File& file, Violations& out) {
  const string room = room_of(file.path);
  const bool known =
      floors().contains(room) || file.path == "targets/registry.cc" ||
      (room.starts_with("targets/") && std::count(room.begin(), room.end(), '/') == 1);
  if (!known) out.push_back(file.path + ": no room of the house; nothing would build it");
}

// Threads and their synchronisation belong to the seam and the engine.
void check_threads(const File& file, const string& code, Violations& out) {
  if (lies_in(file, {"fuzz/sync", "fuzz/exec", "fuzz/engine"})) return;
  static const string why = "only fuzz/sync, fuzz/exec and fuzz/engine know threads";
  forbid(file, code,
         {"<atomic>", "<mutex>", "<shared_mutex>", "<thread>", "<condition_variable>", "<future>",
          "<barrier>", "<latch>", "<semaphore>", "<stop_token>", "<pthread.h>"},
         why, out);
  forbid(file, code,
         {"std::atomic", "std::atomic_ref", "std::atomic_flag", "std::atomic_thread_fence",
          "std::mutex", "std::recursive_mutex", "std::shared_mutex", "std::thread", "std::jthread",
          "std::this_thread", "std::condition_variable", "std::call_once", "std::once_flag",
          "std::async", "std::future", "std::memory_order"},
         why, out);
}

void check_orders(const File& file, const string& code, Violations& out) {
  if (!lies_in(file, {"targets/mm", "targets/device"}) || is_test(file)) return;
  forbid(file, code, {"order::", "sync::order", "memory_order", "sync::fence"},
         "use READ_ONCE, smp_mb and the like (targets/kernel/access.h)", out);
}

// A run is a function of target, design, program and choices; an abandoned one must unwind.
void check_determinism(const File& file, const string& code, Violations& out) {
  if (!file.path.starts_with("targets/") || is_test(file)) return;
  forbid(file, code,
         {"<chrono>", "<random>", "<unordered_map>", "<unordered_set>", "std::hash", "rand(",
          "time(", "thread_local", "gettid", "getpid"},
         "targets are deterministic", out);
  forbid(file, code, {"catch (...)"}, "the exception that ends an execution must pass", out);
}

void check_layout(const File& file, Violations& out) {
  for (const char* word : {"TO"
                           "DO",
                           "FIX"
                           "ME",
                           "X"
                           "XX"}) {
    for (std::size_t at : find_word(file.text, word)) out.push_back(at_line(file, at, word));
  }
  // Prose and tables wrap where they like: a row is a line. A schema lists what there is.
  for (const char* ending : {".md", ".def", ".schema.json"})
    if (file.path.ends_with(ending)) return;
  std::istringstream lines(file.text);
  std::size_t number = 0;
  bool golden = false;  // inside a test's raw string: output as it must come
  for (string line; std::getline(lines, line);) {
    ++number;
    const bool begins = file.path.ends_with("_test.cc") && line.find("R\"(") != string::npos;
    const bool was_golden = golden || begins;
    golden = was_golden && line.find(")\"") == string::npos;
    if (was_golden) continue;
    const auto columns =
        std::count_if(line.begin(), line.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; });
    if (columns > 100) {
      out.push_back(file.path + ":" + std::to_string(number) + ": over 100 columns");
    }
  }
  if (number > 500) out.push_back(file.path + ": over 500 lines");
}

// Positions where a function `name` is defined: its parameter list is followed by a body.
std::vector<std::size_t> definitions(const string& code, string_view name) {
  std::vector<std::size_t> found;
  for (std::size_t at : find_word(code, name)) {
    std::size_t i = at + name.size();
    if (i >= code.size() || code[i] != '(') continue;
    int depth = 0;
    for (; i < code.size(); ++i) {
      if (code[i] == '(') ++depth;
      if (code[i] == ')' && --depth == 0) break;
    }
    const std::size_t next = code.find_first_not_of(" \n", i + 1);
    if (next != code.npos && (code[next] == '{' || code.substr(next, 8) == "noexcept")) {
      found.push_back(at);
    }
  }
  return found;
}

constexpr std::array kOnce{
    "spin_lock",         "spin_trylock",    "spin_unlock",    "read_lock",
    "read_unlock",       "write_lock",      "write_unlock",   "down_read",
    "down_read_trylock", "up_read",         "down_write",     "down_write_trylock",
    "up_write",          "downgrade_write", "mutex_lock",     "mutex_trylock",
    "mutex_unlock",      "read_seqbegin",   "read_seqretry",  "rcu_read_lock",
    "rcu_read_unlock",   "synchronize_rcu", "srcu_read_lock", "srcu_read_unlock",
    "synchronize_srcu",  "wait_event",      "might_sleep",    "refcount_dec_and_test"};

// Each primitive is written once, for both modes and all memory models.
void check_single_implementations(const std::vector<File>& files, Violations& out) {
  for (const char* name : kOnce) {
    Violations places;
    for (const File& file : files) {
      if (!is_code(file.path) || is_test(file)) continue;
      for (std::size_t at : definitions(without_comments_and_literals(file.text), name)) {
        places.push_back(at_line(file, at, ""));
      }
    }
    string where;
    for (const string& place : places) where += " " + place;
    if (places.size() != 1) {
      out.push_back(string(name) + ": " + std::to_string(places.size()) + " definitions" + where);
    }
  }
}

// Every rule that looks at one file.
Violations check(const std::vector<File>& files) {
  Violations out;
  for (const File& file : files) {
    check_layout(file, out);
    if (!is_code(file.path)) continue;
    const string code = without_comments_and_literals(file.text);
    check_rooms(file, out);
    check_includes(file, code, out);
    check_threads(file, code, out);
    check_orders(file, code, out);
    check_determinism(file, code, out);
  }
  return out;
}

string joined(const Violations& violations) {
  string text;
  for (const string& violation : violations) text += violation + "\n";
  return text;
}

Violations check_one(const string& path, const string& text) {
  return check({{path, text}});
}

}  // namespace

// ---- the tree -----------------------------------------------------------------------------------

TEST(Architecture, TheTreeKeepsTheRulesOfTheHouse) {
  const std::vector<File> files = read_tree(RACEWALK_SOURCE_DIR);
  ASSERT_GT(files.size(), 50u) << "this is not the source tree: " << RACEWALK_SOURCE_DIR;
  EXPECT_EQ(joined(check(files)), "");
}

TEST(Architecture, EachPrimitiveIsWrittenOnce) {
  Violations out;
  check_single_implementations(read_tree(RACEWALK_SOURCE_DIR), out);
  EXPECT_EQ(joined(out), "");
}

// ---- the rules themselves -----------------------------------------------------------------------

TEST(Architecture, ABadIncludePlantedInATreeOnDiskIsFound) {
  const fs::path root = fs::path(testing::TempDir()) / "racewalk_architecture";
  fs::remove_all(root);
  fs::create_directories(root / "fuzz/exec");
  std::ofstream(root / "fuzz/exec/good.cc") << "#include \"fuzz/sync/hooks.h\"\n";
  EXPECT_EQ(joined(check(read_tree(root))), "");
  std::ofstream(root / "fuzz/exec/bad.cc") << "#include \"fuzz/engine/run.h\"\n";
  EXPECT_EQ(joined(check(read_tree(root))),
            "fuzz/exec/bad.cc:1: \"fuzz/engine/run.h\": this room may not look there\n");
  fs::remove_all(root);
}

TEST(Architecture, IncludesGoDownOnly) {
  EXPECT_EQ(check_one("fuzz/sync/x.h", "#include \"fuzz/exec/execution.h\"\n").size(), 1u);
  EXPECT_EQ(check_one("targets/mm/x.cc", "#include \"targets/device/kvm.h\"\n").size(), 1u);
  EXPECT_EQ(check_one("targets/mm/x.cc", "#include \"fuzz/exec/execution.h\"\n").size(), 1u);
  EXPECT_EQ(check_one("targets/mm/x_test.cc", "#include \"fuzz/exec/execution.h\"\n").size(), 0u);
  EXPECT_EQ(check_one("targets/device/x.cc", "#include \"targets/mm/page.h\"\n").size(), 0u);
  EXPECT_EQ(check_one("fuzz/shrink/x.cc", "#include \"targets/mm/page.h\"\n").size(), 1u);
  EXPECT_EQ(check_one("fuzz/exec/x.cc", "#include \"fiber.h\"\n").size(), 1u);
  EXPECT_EQ(check_one("fuzz/attic/x.cc", "").size(), 1u);
}

TEST(Architecture, ThreadsOrdersAndChanceStayInTheirRooms) {
  EXPECT_EQ(check_one("fuzz/report/x.cc", "#include <mutex>\nstd::mutex m;\n").size(), 2u);
  EXPECT_EQ(check_one("fuzz/exec/x.cc", "#include <mutex>\nstd::mutex m;\n").size(), 0u);
  EXPECT_EQ(check_one("targets/mm/x.cc", "p->load(order::acquire);\n").size(), 1u);
  EXPECT_EQ(check_one("targets/kernel/x.cc", "p->load(order::acquire);\n").size(), 0u);
  EXPECT_EQ(check_one("targets/mm/x.cc", "int i = rand();\n").size(), 1u);
  EXPECT_EQ(check_one("targets/mm/x.cc", "// std::mutex\nauto s = \"std::mutex\";\n").size(), 0u);
}

TEST(Architecture, LongFilesLongLinesAndLeftoversAreFound) {
  EXPECT_EQ(check_one("fuzz/exec/x.cc", string(101, '/') + "\n").size(), 1u);
  EXPECT_EQ(check_one("fuzz/exec/x.cc", string(100, '/') + "\n").size(), 0u);
  EXPECT_EQ(check_one("fuzz/exec/x.cc", string(501, '\n')).size(), 1u);
  EXPECT_EQ(check_one("fuzz/exec/x.cc",
                      "// TO"
                      "DO: later\n")
                .size(),
            1u);
}

TEST(Architecture, ASecondImplementationOfALockIsFound) {
  const std::vector<File> files{
      {"targets/kernel/rwsem.h", "void down_write(rw_semaphore* sem);\n"},
      {"targets/kernel/rwsem.cc", "void down_write(rw_semaphore* sem) { f(); }\n"},
      {"targets/mm/fault.cc", "void g() {\n  if (down_write(s)) { h(); }\n  down_write(s);\n}\n"},
      {"targets/mm/quick.cc", "static void down_write(rw_semaphore* sem) {\n}\n"}};
  Violations out;
  check_single_implementations(files, out);
  const auto hit = std::find_if(out.begin(), out.end(),
                                [](const string& v) { return v.starts_with("down_write: "); });
  ASSERT_NE(hit, out.end());
  EXPECT_EQ(*hit, "down_write: 2 definitions targets/kernel/rwsem.cc:1:  targets/mm/quick.cc:1: ");
}

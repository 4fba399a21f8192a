#include "fuzz/cli/cli.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include "fuzz/cli/usage.h"
#include "fuzz/engine/files.h"
#include "fuzz/program/suggest.h"
#include "fuzz/program/text_lines.h"
#include "fuzz/report/json.h"
#include "fuzz/schedule/strategies.h"
#include "fuzz/verdict/sanitizer.h"

namespace rw::cli {

#define RW_COMMAND(name) void add_##name(CLI::App& app, int* status);
#include "fuzz/cli/commands.def"
#undef RW_COMMAND

namespace {

std::string spelled(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

const Command kCommands[] = {
#define RW_COMMAND(name) {spelled(#name), add_##name},
#include "fuzz/cli/commands.def"
#undef RW_COMMAND
};

std::string g_called_as = "racewalk";
char** g_arguments = nullptr;

// Whether `--json` is among the arguments, also for mistakes that keep CLI11 from finding it.
bool asks_for_json() {
  for (char** argument = g_arguments; argument != nullptr && *argument != nullptr; ++argument)
    if (std::string_view(*argument) == "--json") return true;
  return false;
}

// The command has no result: why not, for people and, if asked for, for programs.
int give_up(int status, const std::string& message) {
  complain(message);
  if (!asks_for_json()) return status;
  report::Json document = report::document("error");
  document["error"] = message;
  const std::string text = report::print(document, status);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  return status;
}

const char* build_name() {
  if (verdict::built_with(verdict::Sanitizer::thread)) return "ThreadSanitizer";
  if (verdict::built_with(verdict::Sanitizer::address)) return "AddressSanitizer";
  return "plain";
}

// The library names no path if it is the folder for temporary files that is wrong.
std::string text_of(const std::filesystem::filesystem_error& error) {
  const std::string why = error.code().message();
  if (!error.path1().empty()) return fmt::format("{}: {}", error.path1().string(), why);
  const char* folder = std::getenv("TMPDIR");
  return fmt::format("no folder for temporary files: TMPDIR is {}: {}",
                     program::in_quotes(folder == nullptr ? "/tmp" : folder), why);
}

int run_commands(int argc, char** argv) {
  int status = engine::kExitNothing;
  CLI::App app("racewalk: an interleaving fuzzer for the Linux mmu-notifier and anon_vma core");
  app.name("racewalk");
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("racewalk {} ({} build)", kVersion, build_name()));
  app.footer(
      "Exit status: 0 nothing failed, or exactly the expected failure came; 1 a failure was\n"
      "found; 2 another outcome than expected; 3 the replay diverged and missed what was\n"
      "expected; 64 bad usage or input; 70 our own bug; 74 cannot write; 130 interrupted.");
  for (const Command& command : kCommands) command.add(app, &status);
  refuse_what_is_no_count(app);
  if (argc > 1)
    if (const std::string unknown = unknown_command(app, argv[1]); !unknown.empty())
      stop(engine::kExitUsage, unknown);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    return give_up(engine::kExitUsage, mistake_in(app, error));
  }
  return status;
}

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

const std::string& called_as() {
  return g_called_as;
}
char** main_arguments() {
  return g_arguments;
}

void complain(const std::string& message) {
  std::fputs(("racewalk: " + message + "\n").c_str(), stderr);
}

void stop(int status, const std::string& message) {
  throw Stop{status, message};
}

int run(int argc, char** argv) {
  g_arguments = argv;
  if (argc > 0) g_called_as = argv[0];
  ::signal(SIGXFSZ, SIG_IGN);  // a write beyond `ulimit -f` then fails like one to a full disk
  try {
    const int status = run_commands(argc, argv);
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  } catch (const Stop& stopped) {
    return give_up(stopped.status, stopped.message);
  } catch (const std::filesystem::filesystem_error& error) {
    return give_up(engine::kExitCannotWrite, text_of(error));
  } catch (const std::system_error&) {  // fmt's, when a stream cannot be written
  }
  complain(fmt::format("cannot write the output: {}", std::strerror(errno)));
  return engine::kExitCannotWrite;
}

Target& target_named(const std::string& name) {
  const auto all = all_targets();
  if (all.empty()) stop(kExitOwnBug, "this build has no targets");
  if (name.empty()) {
    Target* mm = find_target("mm");
    return mm != nullptr ? *mm : *all[0];
  }
  if (Target* target = find_target(name)) return *target;
  std::vector<std::string_view> names;
  for (const Target* target : all) names.emplace_back(target->name());
  stop(engine::kExitUsage, fmt::format("unknown target {}: {}", program::in_quotes(name),
                                       program::instead(name, names, "targets")));
}

program::DesignValues design_of(const Target& target, const std::string& text) {
  if (text.empty()) return program::open_design(target);
  if (text == kAnyRight) return program::DesignValues(target.axes().size(), program::kOpen);
  std::string words = text;
  std::replace(words.begin(), words.end(), ',', ' ');
  const auto parsed = program::parse_design(target, words, program::open_design(target));
  const bool name = text.find('=') == std::string::npos;
  const std::string also = name ? fmt::format("; or {}, any right one", kAnyRight) : "";
  if (!parsed) stop(engine::kExitUsage, parsed.error().text() + also);
  const program::Verdict verdict = program::verdict(target, parsed.value());
  if (verdict.kind == program::Verdict::Kind::impossible)
    stop(engine::kExitUsage, "this design is " + program::verdict_text(verdict));
  return parsed.value();
}

exec::Memory memory_named(const std::string& name) {
  const auto& names = program::kMemoryNames;
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    stop(engine::kExitUsage, fmt::format("there is no memory model '{}'; {}", name,
                                         program::instead(name, names, "memory models")));
  return static_cast<exec::Memory>(found - names.begin());
}

std::string strategy_help() {
  std::string names;
  for (const schedule::StrategyInfo& info : schedule::strategies())
    names += (names.empty() ? "" : ", ") + std::string(info.name);
  return fmt::format(
      "of new schedules: auto (all of them, by what they bring) or one of {}; "
      "default auto",
      names);
}

std::optional<unsigned> strategy_named(const std::string& name) {
  if (name == "auto") return std::nullopt;
  std::vector<std::string_view> names = {"auto"};
  for (const schedule::StrategyInfo& info : schedule::strategies()) {
    if (name == info.name) return static_cast<unsigned>(names.size() - 1);
    names.emplace_back(info.name);
  }
  stop(engine::kExitUsage, fmt::format("there is no strategy '{}'; {}", name,
                                       program::instead(name, names, "strategies")));
}

void check_writable(const std::string& path, engine::Writing how) {
  const engine::FileError error = engine::why_not_writable(path, how);
  if (!error.empty()) stop(engine::kExitCannotWrite, error);
}

void write_or_stop(const std::string& path, std::string_view bytes) {
  const engine::FileError error = engine::write_whole(path, bytes);
  if (!error.empty()) stop(engine::kExitCannotWrite, error);
}

namespace {

// `holds` is told of each number; `words` are of what it says yes to. CLI11's own checks answer
// with the largest double, in 309 digits.
CLI::Validator number_check(bool (*holds)(double), const std::string& words) {
  return {[holds, words](std::string& text) {
            char* end = nullptr;
            const double number = std::strtod(text.c_str(), &end);
            const bool whole = !text.empty() && *end == '\0' && std::isfinite(number);
            return whole && holds(number) ? ""
                                          : fmt::format("'{}' is not a number {}", text, words);
          },
          ""};
}

}  // namespace

CLI::Validator above_zero() {
  return number_check([](double number) { return number > 0; }, "above 0");
}

CLI::Validator zero_or_above() {
  return number_check([](double number) { return number >= 0; }, "of 0 or above");
}

std::string with_commas(std::uint64_t n) {
  std::string text = fmt::format("{}", n);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

}  // namespace rw::cli

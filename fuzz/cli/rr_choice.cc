#include "fuzz/cli/rr_choice.h"

#include <fmt/format.h>

#include <cstdlib>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/files.h"
#include "fuzz/engine/interrupt.h"
#include "fuzz/engine/other_programs.h"

namespace rw::cli {

namespace {

bool is_word(const std::string& choice) {
  return choice == "auto" || choice == "off" || choice == "hw" || choice == "soft";
}

}  // namespace

void check_rr(const std::string& choice) {
  if (is_word(choice)) return;
  if (choice.find('/') == std::string::npos)
    stop(engine::kExitUsage,
         fmt::format("--rr {}: write auto, hw, soft, off or a path with a slash in it", choice));
  if (engine::find_program({choice}).empty())
    stop(engine::kExitUsage, fmt::format("--rr {}: there is no such program", choice));
}

engine::RrProbe probe_for(const std::string& choice) {
  using engine::RrWanted;
  check_rr(choice);
  RrWanted wanted = RrWanted::any;
  if (choice == "off") {
    engine::RrProbe probe;
    probe.why_not = {engine::RrProblem::not_wanted, "--rr off"};
    return probe;
  }
  if (choice == "hw") wanted = RrWanted::hardware;
  if (choice == "soft") wanted = RrWanted::software;
  const char* named = std::getenv("RACEWALK_RR");
  const std::string path = !is_word(choice) ? choice : named != nullptr ? named : "";
  return engine::probe_rr(wanted, path, {engine::own_program(), "inferior", "--two-threads"},
                          engine::interrupted);
}

bool insists(const std::string& choice) {
  return choice != "auto" && choice != "off";
}

}  // namespace rw::cli

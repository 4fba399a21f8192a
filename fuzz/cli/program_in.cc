// Programs as commands are given them: text, or a libFuzzer binary's raw input.
#include <fmt/format.h>

#include <utility>
#include <vector>

#include "fuzz/cli/cli.h"
#include "fuzz/engine/files.h"
#include "fuzz/program/bytes.h"
#include "fuzz/program/suggest.h"
#include "fuzz/program/text.h"
#include "fuzz/program/text_words.h"
#include "fuzz/verdict/kinds.h"

namespace rw::cli {
namespace {

// The text's parser knows no kinds.
void check_expected_kind(const program::Program& p, const std::string& path) {
  if (p.expect.empty() || p.expect == "none" || verdict::is_kind(p.expect, p.target)) return;
  std::vector<std::string_view> names = {"none"};
  for (const KindInfo& kind : verdict::engine_kinds()) names.emplace_back(kind.name);
  for (const KindInfo& kind : p.target->kinds()) names.emplace_back(kind.name);
  stop(engine::kExitUsage,
       fmt::format("{}: expect: there is no kind of failure {}; {}", path,
                   program::in_quotes(p.expect), program::instead(p.expect, names, "kinds")));
}

}  // namespace

bool looks_like_text(std::string_view contents) {
  // Text programs are lines of printable characters; their first words are fixed.
  return contents.find("target:") != std::string_view::npos &&
         contents.find('\0') == std::string_view::npos;
}

program::Program program_in(const std::string& path, const std::string& target, RawDesign raw) {
  engine::FileError error;
  const auto contents = engine::read_whole(path, error);
  if (!contents) stop(engine::kExitUsage, error);
  if (!target.empty() && !path.ends_with(".race") && !looks_like_text(*contents)) {
    Target& t = target_named(target);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(contents->data());
    program::Program p = program::decode(t, {bytes, contents->size()});
    if (raw == RawDesign::made_right) {
      p.design = program::make_right(t, p.design);
      p.memory = exec::Memory::sc;
    }
    return p;
  }
  auto parsed = program::parse(*contents, path);
  if (parsed) {
    if (const Target& named = *parsed.value().target;
        !target.empty() && &target_named(target) != &named)
      stop(engine::kExitUsage,
           fmt::format("{}: for target {}, not {}; --target is for raw inputs only", path,
                       named.name(), target));
    check_expected_kind(parsed.value(), path);
    return std::move(parsed.value());
  }
  std::string message = parsed.error().text();
  if (target.empty() && !looks_like_text(*contents))
    message +=
        "\n  (racewalk fmt --target TARGET turns a raw input of a libFuzzer binary into text)";
  stop(engine::kExitUsage, message);
}

}  // namespace rw::cli

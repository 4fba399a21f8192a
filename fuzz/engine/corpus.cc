#include "fuzz/engine/corpus.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "fuzz/program/bytes.h"
#include "fuzz/program/text.h"
#include "fuzz/sync/check.h"
#include "fuzz/verdict/key.h"

namespace rw::engine {
namespace {

constexpr std::size_t kLast = 8;   // inputs per mechanism that pick() draws from
constexpr std::size_t kNamed = 8;  // files passed over that are named; of the others how many

// Why the file is passed over; empty: `programs` has it now.
std::string read_one(const std::string& path, const Target& target,
                     std::vector<program::Program>& programs) {
  if (!path.ends_with(".race")) return fmt::format("{}: not a .race file", path);
  FileError error;
  const std::optional<std::string> text = read_whole(path, error, program::kMaxTextBytes);
  if (!text) return error;
  program::Result<program::Program> loaded = program::parse(*text, path);
  if (!loaded) return loaded.error().text();
  if (loaded.value().target != &target)
    return fmt::format("{}: for target {}, not {}", path, loaded.value().target->name(),
                       target.name());
  programs.push_back(std::move(loaded.value()));
  return {};
}

}  // namespace

std::string corpus_name(const program::Program& p) {
  const std::vector<std::uint8_t> bytes = program::encode(p);
  const std::string_view view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return fmt::format("{:016x}.race", verdict::fnv1a(view));
}

std::vector<program::Program> Corpus::read(const std::string& folder, const Target& target,
                                           const std::function<void(const std::string&)>& complain,
                                           const std::function<void()>& each) {
  std::vector<program::Program> programs;
  std::size_t passed_over = 0;
  for (const std::string& name : list_folder(folder)) {
    if (each) each();
    if (name.ends_with(".tmp")) continue;
    const std::string why = read_one(folder + "/" + name, target, programs);
    if (!why.empty() && ++passed_over <= kNamed) complain(why + ": passed over");
  }
  if (passed_over > kNamed)
    complain(fmt::format("{}: {} more passed over", folder, passed_over - kNamed));
  return programs;
}

void Corpus::axes_begin_at(std::uint32_t first) {
  RW_CHECK(programs_.empty(), "what the axes are is said after inputs came");
  first_axis_ = first;
}

void Corpus::add(program::Program p, bool from_folder, std::span<const std::uint32_t> mechanisms) {
  const auto number = static_cast<std::uint32_t>(programs_.size());
  for (const std::uint32_t m : mechanisms) {
    if (m >= last_.size()) {
      last_.resize(m + 1);
      inputs_of_.resize(m + 1);
    }
    if (inputs_of_[m]++ == 0) {
      reached_.push_back(m);
      if (m >= first_axis_) reached_axes_.push_back(m);
    }
    if (last_[m].size() == kLast) last_[m].erase(last_[m].begin());
    last_[m].push_back(number);
  }
  p.remarks.clear();
  p.expect.clear();
  p.key.clear();
  programs_.push_back(std::move(p));
  // Inputs of the folder come first, before any new one.
  if (from_folder && written_ + 1 == programs_.size()) written_++;
}

std::uint32_t Corpus::draw_mechanism(program::Prng& prng) const {
  const auto one_of = [&](const std::vector<std::uint32_t>& mechanisms) {
    return mechanisms[prng.index(mechanisms.size())];
  };
  if (reached_axes_.empty() || prng.chance(1, 2)) return one_of(reached_);
  const std::uint32_t a = one_of(reached_axes_);
  const std::uint32_t b = one_of(reached_axes_);
  return inputs_of_[b] < inputs_of_[a] ? b : a;
}

const program::Program& Corpus::pick(program::Prng& prng) const {
  RW_CHECK(!programs_.empty(), "an input was asked of an empty corpus");
  const auto below = [&](std::size_t n) { return prng.below(static_cast<std::uint32_t>(n)); };
  if (!reached_.empty()) {
    const std::vector<std::uint32_t>& last = last_[draw_mechanism(prng)];
    return programs_[last[below(last.size())]];
  }
  const std::size_t count = programs_.size();
  const std::size_t recent = prng.chance(1, 2) ? count : (count + 3) / 4;
  return programs_[count - 1 - below(recent)];
}

FileError Corpus::flush(double seconds) {
  if (folder_.empty()) return {};
  const auto begin = std::chrono::steady_clock::now();
  while (written_ < programs_.size()) {
    const program::Program& p = programs_[written_];
    const std::string path = folder_ + "/" + corpus_name(p);
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) {
      if (FileError error = write_whole(path, program::print(p), OnDisk::later); !error.empty())
        return error;
    }
    written_++;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
    if (seconds > 0 && spent.count() > seconds) break;
  }
  return {};
}

}  // namespace rw::engine

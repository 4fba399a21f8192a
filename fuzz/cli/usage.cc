#include "fuzz/cli/usage.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

#include "fuzz/cli/cli.h"
#include "fuzz/program/suggest.h"

namespace rw::cli {
namespace {

// Names of the subcommands that --help shows.
std::vector<std::string> subcommand_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command :
       app.get_subcommands([](const CLI::App* c) { return !c->get_group().empty(); }))
    names.push_back(command->get_name());
  return names;
}

std::string instead(const std::string& word, const std::vector<std::string>& names,
                    const char* plural) {
  return program::instead(word, std::vector<std::string_view>(names.begin(), names.end()), plural);
}

// The subcommand that is missing, or the word that stands in its place.
std::string missing_subcommand(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  const CLI::App& at = chosen.empty() ? app : *chosen[0];
  const std::vector<std::string> names = subcommand_names(at);
  const std::vector<std::string> left_over = app.remaining(true);
  const std::string of = chosen.empty() ? "" : at.get_name() + ": ";
  if (left_over.empty() || left_over[0].starts_with('-'))
    return fmt::format("{}{}which subcommand? {}", of,
                       left_over.empty() ? "" : "an option goes behind its subcommand; ",
                       fmt::join(names, ", "));
  return fmt::format("{}unknown subcommand {}: {}", of, program::in_quotes(left_over[0]),
                     instead(left_over[0], names, "subcommands"));
}

// What exists instead of the first argument that CLI11 could not place.
std::string advice(const CLI::App& app, const std::vector<std::string>& left_over) {
  const auto chosen = app.get_subcommands();
  if (left_over.empty() || chosen.empty()) return {};
  const std::string& word = left_over.front();
  if (!word.starts_with("-"))
    return fmt::format("{}: {} takes no such argument; see `racewalk {} --help`",
                       program::in_quotes(word), chosen[0]->get_name(), chosen[0]->get_name());
  std::vector<std::string> names;
  for (const CLI::Option* option : chosen[0]->get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return fmt::format("unknown option {}: {}", program::in_quotes(word),
                     instead(word.substr(0, word.find('=')), names, "options"));
}

// "bench strategies": the subcommands on the command line.
std::string command_words(const CLI::App& app) {
  std::string words;
  for (auto chosen = app.get_subcommands(); !chosen.empty(); chosen = chosen[0]->get_subcommands())
    words += (words.empty() ? "" : " ") + chosen[0]->get_name();
  return words;
}

template <class Kind>
bool is(const CLI::ParseError& error) {
  return dynamic_cast<const Kind*>(&error) != nullptr;
}

}  // namespace

std::string mistake_in(const CLI::App& app, const CLI::ParseError& error) {
  std::string message = error.what();
  if (message == "A subcommand is required") return missing_subcommand(app);
  if (is<CLI::ExtrasError>(error))
    if (std::string better = advice(app, app.remaining(true)); !better.empty()) return better;
  if (is<CLI::ConversionError>(error))  // "Could not convert: --times = 1.5"
    if (const std::size_t colon = message.find(": "), equals = message.find(" = ");
        colon < equals && equals != std::string::npos)
      return fmt::format("{}: '{}' is not a whole number, or too large",
                         message.substr(colon + 2, equals - colon - 2), message.substr(equals + 3));
  if (is<CLI::ArgumentMismatch>(error) && message.ends_with(" missing"))
    return fmt::format("{} needs a value", message.substr(0, message.find(':')));
  if (is<CLI::RequiredError>(error))
    if (const std::string command = command_words(app); !command.empty())
      return fmt::format("{}: {}; see `racewalk {} --help`", command, message, command);
  return message;
}

std::string unknown_command(const CLI::App& app, const std::string& word) {
  if (word.starts_with('-')) return {};
  for (const Command& command : commands())
    if (command.name == word) return {};
  return fmt::format("unknown command {}: {}", program::in_quotes(word),
                     instead(word, subcommand_names(app), "commands"));
}

void refuse_what_is_no_count(CLI::App& app) {
  const CLI::Validator count(
      [](const std::string& text) -> std::string {
        if (text.starts_with('-'))
          return fmt::format("'{}' is not a whole number of 0 or above", text);
        errno = 0;
        (void)std::strtoull(text.c_str(), nullptr, 0);
        return errno == ERANGE ? fmt::format("'{}' is too large", text) : "";
      },
      "");
  for (CLI::Option* option : app.get_options())
    if (option->get_type_name() == "UINT") option->check(count);
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    refuse_what_is_no_count(*command);
}

}  // namespace rw::cli

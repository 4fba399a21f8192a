// What is wrong with a command line, and what to write instead.
//
// Promises: a message names the word that is wrong. Leaves out: what only a subcommand can know.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace rw::cli {

// CLI11's message, or a better one.
std::string mistake_in(const CLI::App& app, const CLI::ParseError& error);

// The first word, where it is no subcommand: said before CLI11 says it worse. Empty: it is fine.
std::string unknown_command(const CLI::App& app, const std::string& word);

// Has every option that counts refuse -1 and what is too large: CLI11 takes them for the largest
// number there is.
void refuse_what_is_no_count(CLI::App& app);

}  // namespace rw::cli

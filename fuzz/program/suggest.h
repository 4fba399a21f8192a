// What to offer when a word is not known.
//
// Promises: bounded work and bounded output for any word.
// Leaves out: synonyms; only spelling is compared.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace rw::program {

// Edits (insert, delete, replace, swap of neighbours) between two words; words are cut at 64.
unsigned edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, or "" if none is near enough to be meant.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

// "did you mean 'x'?" if a candidate is near, otherwise "<plural>: a, b, c" (sorted as given; of a
// long list the first 1,000 characters and how many there are), or "there are no <plural>".
std::string instead(std::string_view word, std::span<const std::string_view> candidates,
                    std::string_view plural);

// `word` in quotes for a message: cut at 40 characters, unprintable bytes as \xNN.
std::string in_quotes(std::string_view word);

}  // namespace rw::program

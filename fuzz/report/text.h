// Small text tools of the reports: cutting, wrapping, lists.
//
// Promises: no line is longer than asked for; a UTF-8 sequence is never cut in two.
// Leaves out: the display width of anything but ASCII: one byte counts as one column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rw::report {

// At most `width` characters; what is longer ends in "...".
std::string cut(std::string_view text, std::size_t width);

// The same with the dots in the middle: of "spin_lock long_name#0.lock" the end says most.
std::string cut_middle(std::string_view text, std::size_t width);

// `text` with each byte that is no part of a UTF-8 sequence, and each control character but newline
// and tab, replaced by U+FFFD. U+FFFE and U+FFFF, which XML cannot carry, are replaced, too.
std::string printable_utf8(std::string_view text);

// Lines of at most `width` characters, broken at blanks, but not at those of "0 -> 1"; a longer
// word is cut.
std::vector<std::string> wrapped(std::string_view text, std::size_t width);

// `text` behind `label`, on as many lines as it takes, the second and later ones behind `indent`
// blanks; what fits on one line stays as it is. Ends in a newline.
std::string hanging(std::string_view label, std::string_view text, std::size_t indent,
                    std::size_t width);

// "<label>a; b; c" on as many lines as it takes, the second and later ones indented as the label.
// No item is split between lines. Ends in a newline.
std::string listed(const std::string& label, const std::vector<std::string>& items,
                   std::size_t width);

}  // namespace rw::report

// Parser: one .race text on its way to a Program.
//
// Promises: each member notes the first error and returns false, or does its part and returns true.
// Leaves out: what users call (text.h).
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/program/result.h"
#include "fuzz/program/text_lines.h"

namespace rw::program {

// Where the line after a header belongs.
enum class Section : std::uint8_t { none, design, setup, task, list, stream };

class Parser {
 public:
  Parser(std::string_view file, std::span<Target* const> targets)
      : file_(file), targets_(targets) {}

  Result<Program> parse(std::string_view text);

 private:
  using Part = Tag::Part;

  bool split(std::string_view text);
  bool find_target();
  bool take_line();
  bool take_remark(std::string line, bool trailing);
  bool take_header(std::string_view key, std::string_view value);
  bool take_task(std::string_view key, std::string_view value);
  bool take_word(std::string_view key, std::string_view value);
  bool take_schedule(std::string_view value);
  bool take_body(std::string_view line);
  bool take_op(std::string_view line, std::vector<Op>& ops, Tag tag);
  bool take_decision(std::string_view line);
  bool take_design(std::string_view line);
  bool finish();
  bool check_list();
  void place_remarks();

  bool fail(std::string message) { return fail_at(line_ + 1, std::move(message)); }
  bool fail_at(std::size_t line, std::string message) {
    error_ = Error{std::string(file_), static_cast<unsigned>(line), std::move(message)};
    return false;
  }
  template <typename T>
  bool fail(const Result<T>& result) {
    return fail(result.error().message);
  }
  // This line of input is about `part`; remarks in front of it stay in front of it.
  void is_about(Part part, std::size_t list = 0, std::size_t index = 0) {
    tags_.push_back({part, static_cast<std::uint32_t>(list), static_cast<std::uint32_t>(index)});
  }

  struct PendingRemark {
    std::size_t tag;  // index in tags_ of the content line it stands before or at the end of
    std::string line;
    bool trailing;
  };

  std::string_view file_;
  std::span<Target* const> targets_;
  std::vector<std::string_view> lines_;
  std::size_t line_ = 0;  // index in lines_ of the line at hand
  Error error_;

  Program p_;
  Section section_ = Section::none;
  std::array<std::optional<std::vector<Op>>, kMaxCodecTasks> tasks_;
  unsigned task_ = 0;                                     // of Section::task
  std::uint32_t wrapped_ = 0;                             // lines of the design or stream so far
  std::uint16_t current_op_[kMaxCodecTasks] = {};         // see parse_segment
  std::map<std::string, std::size_t, std::less<>> seen_;  // headers: line numbers
  std::vector<std::size_t> segment_lines_, choice_lines_;
  std::vector<Tag> tags_;  // of all content lines, in the order of the input
  std::vector<PendingRemark> remarks_;
  std::size_t remark_bytes_ = 0;
};

}  // namespace rw::program

// fuzz_text: any bytes as a .race text, for every target.
//
// A crash, a hang or a text that does not survive printing and parsing is a bug of the codec. The
// bytes are taken three ways: as a whole file, as the body of a file for each target (or hardly any
// input would get past the first line), and as the bytes of a program whose text must come back.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "fuzz/program/bytes.h"
#include "fuzz/program/text.h"
#include "fuzz/target.h"

namespace {

using rw::program::Program;
using rw::program::Result;

// Aborts, so that libFuzzer keeps the input; RW_CHECK would leave the process without it.
void must(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "fuzz_text: this does not hold: %s\n", what);
  std::abort();
}

void comes_back(const Program& p) {
  must(why_invalid(p).empty(), "what parse and decode give is valid");
  const std::string text = rw::program::print(p);
  const Result<Program> again = rw::program::parse(text, "again.race");
  must(again.ok(), "a printed program parses");
  must(again.value() == p, "a printed program parses to itself");
  must(rw::program::print(again.value()) == text, "the canonical text is stable");
}

void try_text(std::string_view text) {
  const Result<Program> p = rw::program::parse(text, "input.race");
  if (p) {
    comes_back(p.value());
    return;
  }
  must(p.error().line > 0 && !p.error().message.empty(), "an error names its line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_text(bytes);
  for (rw::Target* target : rw::all_targets()) {
    std::string text = "# racewalk 1\ntarget: ";
    text += target->name();
    text += '\n';
    try_text(text.append(bytes));
    const Program p = rw::program::decode(*target, std::span(data, size));
    comes_back(p);
    must(same_run(rw::program::decode(*target, rw::program::encode(p)), p),
         "an encoded program decodes to itself");
  }
  return 0;
}

// What standard output is: a terminal, and how wide.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "fuzz/cli/cli.h"
#include "fuzz/report/table.h"

namespace rw::cli {

bool color_wanted() {
  return ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
}

unsigned width_wanted() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 100;
  if (size.ws_col < report::kLeastWidth)
    complain(fmt::format("the terminal has {} columns, and the lines are made for {}", size.ws_col,
                         report::kLeastWidth));
  return std::max<unsigned>(size.ws_col, report::kLeastWidth);
}

unsigned prose_width() {
  return ::isatty(STDOUT_FILENO) == 1 ? width_wanted() : std::numeric_limits<unsigned>::max();
}

}  // namespace rw::cli

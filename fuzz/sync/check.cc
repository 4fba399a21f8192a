#include "fuzz/sync/check.h"

#include <unistd.h>

#include <cstdio>

namespace rw {

void check_failed(const char* condition, const char* why, std::source_location where) {
  std::fprintf(stderr, "racewalk: internal error: %s:%u: %s\n  (%s does not hold in %s)\n",
               where.file_name(), where.line(), why, condition, where.function_name());
  std::fflush(stderr);
  _exit(kExitOwnBug);
}

}  // namespace rw

# Precompiled headers for the plain, asan and tsan builds: a third less compile time.
#
# One per set of sanitizer flags and kind of code, shared by all rooms that have both. The dev and
# coverage builds do without, so a file that lacks an include fails there.
add_compile_options("SHELL:-Xclang -fno-pch-timestamp") # else ccache never finds a file again

set(RACEWALK_HEADERS <algorithm> <array> <cstdint> <functional> <map> <memory> <optional> <set>
  <span> <string> <string_view> <vector> <fmt/format.h> <nlohmann/json.hpp>)

# Lets `target` use the header for `kind` (library or test; of the command cli_library or cli_test:
# there CLI11 is half of the work) under the flags `flags`.
function(racewalk_precompile target kind flags)
  if(NOT RACEWALK_BUILD MATCHES "^(plain|asan|tsan|wide)$")
    return()
  endif()
  set(owner precompiled_${kind})
  if("${flags}" MATCHES "sanitize")
    string(APPEND owner _sanitized)
  endif()
  if(NOT TARGET ${owner})
    set(source ${CMAKE_BINARY_DIR}/precompiled.cc)
    file(CONFIGURE OUTPUT ${source} CONTENT "// Only there to own a precompiled header.\n")
    add_library(${owner} OBJECT ${source})
    target_compile_options(${owner} PRIVATE ${flags})
    target_link_libraries(${owner} PRIVATE ${RACEWALK_LIBRARIES})
    target_precompile_headers(${owner} PRIVATE ${RACEWALK_HEADERS})
    if(kind MATCHES "^cli_")
      target_precompile_headers(${owner} PRIVATE <CLI/CLI.hpp>)
    endif()
    if(kind MATCHES "test$")
      target_link_libraries(${owner} PRIVATE GTest::gtest)
      target_precompile_headers(${owner} PRIVATE <gtest/gtest.h>)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${owner})
endfunction()

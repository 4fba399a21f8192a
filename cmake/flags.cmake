# Compiler and linker flags of the five builds.
#
# Sanitizers differ per room, so they are not in CMAKE_CXX_FLAGS: racewalk_flags() gives each
# library and test its own. The link line always names the build's sanitizer.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# No NDEBUG anywhere: RW_CHECK and assert are on in every build.
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "fixed; RACEWALK_BUILD chooses" FORCE)
if(RACEWALK_BUILD STREQUAL "plain")
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g")
elseif(RACEWALK_BUILD STREQUAL "asan" OR RACEWALK_BUILD STREQUAL "tsan")
  # Reports need names and lines, no more.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -gline-tables-only")
elseif(RACEWALK_BUILD STREQUAL "coverage" OR RACEWALK_BUILD STREQUAL "dev")
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-Og -g")
else()
  message(FATAL_ERROR
    "RACEWALK_BUILD is '${RACEWALK_BUILD}': use plain, asan, tsan, coverage or dev")
endif()

# Paths in reports and keys are relative to the source tree, wherever that lies.
# x86-64-v2 (2009 and later): the schedulers count bits at every step.
add_compile_options(-Wall -Wextra -fno-omit-frame-pointer -march=x86-64-v2
  "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=")
include_directories(${CMAKE_SOURCE_DIR})
add_link_options(-fuse-ld=lld-19)

if(RACEWALK_BUILD STREQUAL "asan")
  add_compile_definitions(RACEWALK_ASAN=1)
  add_link_options(-fsanitize=address,undefined)
elseif(RACEWALK_BUILD STREQUAL "tsan")
  add_compile_definitions(RACEWALK_TSAN=1)
  add_link_options(-fsanitize=thread)
elseif(RACEWALK_BUILD STREQUAL "coverage")
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate -fcoverage-mapping)
elseif(RACEWALK_BUILD STREQUAL "dev")
  add_compile_options(-Werror)
endif()

find_program(RACEWALK_CCACHE ccache)
if(RACEWALK_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${RACEWALK_CCACHE})
endif()

# Binaries for people go to one place: build/bin when the build folder is build/<preset>.
cmake_path(GET CMAKE_BINARY_DIR FILENAME folder)
if(folder STREQUAL RACEWALK_BUILD)
  cmake_path(GET CMAKE_BINARY_DIR PARENT_PATH folder)
  set(RACEWALK_BIN ${folder}/bin)
else()
  set(RACEWALK_BIN ${CMAKE_BINARY_DIR}/bin)
endif()
if(RACEWALK_BUILD STREQUAL "plain")
  set(RACEWALK_SUFFIX "")
else()
  set(RACEWALK_SUFFIX "-${RACEWALK_BUILD}")
endif()

# Gives `target` the sanitizer flags of room `side`/`room`; `kind` is library or test.
function(racewalk_flags target side room kind)
  if(RACEWALK_BUILD STREQUAL "asan")
    # exec and memory are hot, and look at poisoned arena memory on purpose.
    if(NOT (side STREQUAL "fuzz" AND room MATCHES "^(exec|memory)$"))
      target_compile_options(${target} PRIVATE
        -fsanitize=address,undefined -fno-sanitize-recover=undefined)
    endif()
  elseif(RACEWALK_BUILD STREQUAL "tsan")
    # The engine's own accesses are not the code under test's: TSan must not see them.
    if(side STREQUAL "targets")
      target_compile_options(${target} PRIVATE -fsanitize=thread)
    endif()
  endif()
  # CLI11 takes 8 to 18 s per file to optimise, and parsing a command line is not hot. Programs are
  # linked so that no unoptimised copy of an inline function can be chosen (racewalk_link).
  if(side STREQUAL "fuzz" AND room STREQUAL "cli" AND NOT RACEWALK_BUILD STREQUAL "dev")
    target_compile_options(${target} PRIVATE -O0)
  endif()
  # The fuzzers are guided by edges of the code under test, not of the engine.
  if(side STREQUAL "targets" AND kind STREQUAL "library" AND RACEWALK_BUILD MATCHES "^(asan|tsan)$")
    target_compile_options(${target} PRIVATE -fsanitize-coverage=inline-8bit-counters,pc-table)
  endif()
endfunction()

# Compiler and linker flags of the six builds.
#
# Sanitizers differ per room, so they are not in CMAKE_CXX_FLAGS: racewalk_flags() gives each
# library and test its own. The link line always names the build's sanitizer.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# No NDEBUG anywhere: RW_CHECK and assert are on in every build.
set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "fixed; RACEWALK_BUILD chooses" FORCE)
if(RACEWALK_BUILD MATCHES "^(plain|wide)$")
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g")
elseif(RACEWALK_BUILD STREQUAL "asan" OR RACEWALK_BUILD STREQUAL "tsan")
  # Reports need names and lines, no more.
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -gline-tables-only")
elseif(RACEWALK_BUILD STREQUAL "coverage" OR RACEWALK_BUILD STREQUAL "dev")
  set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-Og -g")
else()
  message(FATAL_ERROR
    "RACEWALK_BUILD is '${RACEWALK_BUILD}': use plain, asan, tsan, coverage, dev or wide")
endif()

# Paths in reports and keys are relative to the source tree, wherever that lies.
# x86-64-v2 (2009 and later): the schedulers count bits at every step. Tuned for no processor: for
# that level clang rotates by shld, which is slow on AMD's. Frame pointers: under rr the debugger
# walks a task's stack by them (fuzz/gdb/printers.py).
add_compile_options(-Wall -Wextra -fno-omit-frame-pointer -march=x86-64-v2 -mtune=generic
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
elseif(RACEWALK_BUILD STREQUAL "wide")
  add_compile_definitions(RACEWALK_TASKS=104) # the largest classics have 101 (fuzz/sync/tasks.h)
endif()

# A clean build takes a fifth (plain) to two fifths (tsan) less, a change of one file more: then
# switch it off.
set(unity OFF)
if(RACEWALK_BUILD MATCHES "^(plain|asan|tsan|wide)$")
  set(unity ON)
endif()
option(RACEWALK_UNITY "compile eight files of a room as one (a unity build)" ${unity})

find_program(RACEWALK_CCACHE ccache)
if(RACEWALK_CCACHE)
  # What ccache asks for before it caches files that use a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${RACEWALK_CCACHE})
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

# Sets `out` to the sanitizer flags of the code in `side`/`room`.
function(racewalk_sanitizers out side room)
  set(flags "")
  # In asan, exec and memory are hot, and look at poisoned arena memory on purpose. In tsan, the
  # engine's own accesses are not the code under test's: TSan must not see them.
  if(RACEWALK_BUILD STREQUAL "asan" AND NOT "${side}/${room}" MATCHES "^fuzz/(exec|memory)$")
    set(flags -fsanitize=address,undefined -fno-sanitize-recover=undefined)
  elseif(RACEWALK_BUILD STREQUAL "tsan" AND side STREQUAL "targets")
    set(flags -fsanitize=thread)
  endif()
  set(${out} ${flags} PARENT_SCOPE)
endfunction()

# Gives `target`, of room `side`/`room`, its flags; `kind` is library or test.
function(racewalk_flags target side room kind)
  racewalk_sanitizers(sanitizers ${side} ${room})
  target_compile_options(${target} PRIVATE ${sanitizers})
  # The fuzzers are guided by edges of the code under test, not of the engine.
  if(side STREQUAL "targets" AND kind STREQUAL "library" AND RACEWALK_BUILD MATCHES "^(asan|tsan)$")
    target_compile_options(${target} PRIVATE -fsanitize-coverage=inline-8bit-counters,pc-table)
  endif()
  # Up to half of the work on these files is optimising what is not hot: CLI11, and the checks of
  # tests. Programs are linked so that no unoptimised copy of an inline function can be chosen
  # (racewalk_link); in a test it can, and costs that test a little time.
  if("${side}/${room}/${kind}" MATCHES "^fuzz/cli/|/test$" AND NOT RACEWALK_BUILD STREQUAL "dev")
    list(APPEND sanitizers -O0)
    target_compile_options(${target} PRIVATE -O0)
  endif()
  # Not where files have local names in common, as each puzzle's begin() or a room's tests.
  set(apart "^targets/(puzzles|classics|device|bench)/|/test$")
  if(RACEWALK_UNITY AND ("${side}/${room}/${kind}" MATCHES "^(fuzz/cli|targets/mm)/test$" OR
     NOT "${side}/${room}/${kind}" MATCHES "${apart}"))
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
  if("${side}/${room}" STREQUAL "fuzz/cli")
    set(kind cli_${kind})
  endif()
  racewalk_precompile(${target} ${kind} "${sanitizers}")
endfunction()

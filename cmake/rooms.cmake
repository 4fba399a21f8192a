# Turns folders into libraries, tests, benchmarks, programs and repro tests.
set(RACEWALK_ROOMS "") # side/room of every room that has library sources

# Makes the files of a room's page, if it has one, the strings that its html.h declares: page.html
# is kPageHtml, page_state.js is kPageStateJs. Appends the source to the list named `out`.
function(racewalk_embed out side room)
  set(folder ${CMAKE_SOURCE_DIR}/${side}/${room})
  if(NOT EXISTS ${folder}/page.html)
    return()
  endif()
  set(text "#include \"${side}/${room}/html.h\"\n\nnamespace rw::${room} {\n")
  foreach(file Html=page.html Css=page.css Js=page.js StateJs=page_state.js)
    string(REPLACE "=" ";" file ${file})
    list(GET file 0 name)
    list(GET file 1 path)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${folder}/${path})
    file(READ ${folder}/${path} page)
    string(APPEND text "const std::string_view kPage${name} = R\"embedded(${page})embedded\";\n")
  endforeach()
  string(APPEND text "}  // namespace rw::${room}\n")
  set(source ${CMAKE_BINARY_DIR}/${side}_${room}_page.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "@text@" @ONLY)
  set(${out} ${${out}} ${source} PARENT_SCOPE)
endfunction()

# Library ${side}_${room} of the sources of one room. An empty room makes no library.
function(racewalk_room side room)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${side}/${room}/*.cc)
  list(FILTER sources EXCLUDE REGEX "_(test|bench)\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/fuzz/cli/main\\.cc$|/fuzz/engine/libfuzzer_[^/]*\\.cc$")
  if(NOT sources)
    return()
  endif()
  racewalk_embed(sources ${side} ${room})
  add_library(${side}_${room} STATIC ${sources})
  racewalk_flags(${side}_${room} ${side} ${room} library)
  target_link_libraries(${side}_${room} PUBLIC ${RACEWALK_LIBRARIES})
  # raw_access.cc makes the code under test's atomic accesses on its behalf: TSan must see those.
  if(RACEWALK_BUILD STREQUAL "tsan" AND side STREQUAL "fuzz" AND room STREQUAL "exec")
    set_source_files_properties(${CMAKE_SOURCE_DIR}/fuzz/exec/raw_access.cc
      PROPERTIES COMPILE_OPTIONS -fsanitize=thread SKIP_PRECOMPILE_HEADERS ON)
  endif()
  # debug.cc is what debuggers read: its types are there in every build.
  if(side STREQUAL "fuzz" AND room STREQUAL "exec")
    set_source_files_properties(${CMAKE_SOURCE_DIR}/fuzz/exec/debug.cc
      PROPERTIES COMPILE_OPTIONS -g SKIP_PRECOMPILE_HEADERS ON)
  endif()
  # The assembler includes the scripts, so the compiler does not tell that the file needs them.
  if(side STREQUAL "fuzz" AND room STREQUAL "engine")
    file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/gdb/*.py)
    set_source_files_properties(${CMAKE_SOURCE_DIR}/fuzz/engine/gdb_scripts.cc
      PROPERTIES OBJECT_DEPENDS "${scripts}" SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
  set(RACEWALK_ROOMS ${RACEWALK_ROOMS} ${side}/${room} PARENT_SCOPE)
endfunction()

# targets/registry.cc, the explicit table of all targets.
function(racewalk_registry)
  if(EXISTS ${CMAKE_SOURCE_DIR}/targets/registry.cc)
    add_library(targets_registry STATIC targets/registry.cc)
    racewalk_flags(targets_registry targets registry library)
    set(RACEWALK_ROOMS ${RACEWALK_ROOMS} targets/registry PARENT_SCOPE)
  endif()
endfunction()

# Links `target` with the named rooms, or with all.
#
# exec and verdict are linked whole: the sanitizers' hooks are weak symbols with a default in the
# run-time library, which an archive's members would not replace. With all rooms, all are linked
# whole and cli comes last: of several copies of an inline function the linker takes the first, and
# cli's are not optimised.
function(racewalk_link target)
  set(paths ${RACEWALK_ROOMS})
  list(FILTER paths EXCLUDE REGEX "^fuzz/cli$")
  if(TARGET fuzz_cli)
    list(APPEND paths fuzz/cli)
  endif()
  foreach(path ${paths})
    cmake_path(GET path FILENAME room)
    string(REPLACE "/" "_" library ${path})
    if(NOT ARGN OR (room IN_LIST ARGN AND room MATCHES "^(exec|verdict)$"))
      target_link_libraries(${target} PRIVATE $<LINK_LIBRARY:WHOLE_ARCHIVE,${library}>)
    elseif(room IN_LIST ARGN)
      target_link_libraries(${target} PRIVATE ${library})
    endif()
  endforeach()
endfunction()

# One GoogleTest executable per room that has tests; ctest knows each test.
function(racewalk_tests)
  foreach(side fuzz targets)
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${side}/*/*_test.cc)
    set(rooms "")
    foreach(source ${sources})
      cmake_path(GET source PARENT_PATH folder)
      cmake_path(GET folder FILENAME room)
      list(APPEND rooms ${room})
      list(APPEND sources_of_${room} ${source})
    endforeach()
    list(REMOVE_DUPLICATES rooms)
    # These are plain functions of the engine, which TSan does not look at: what they do is the same
    # in the plain build.
    if(RACEWALK_BUILD STREQUAL "tsan" AND side STREQUAL "fuzz")
      list(REMOVE_ITEM rooms program report shrink)
    endif()
    foreach(room ${rooms})
      racewalk_test(${side}_${room}_test ${side} ${room} ${sources_of_${room}})
      racewalk_link(${side}_${room}_test ${needs_${side}_${room}})
    endforeach()
  endforeach()
  # It reads source text, which is the same in each build.
  if(NOT RACEWALK_BUILD MATCHES "^(asan|tsan)$")
    racewalk_test(architecture_test fuzz architecture fuzz/architecture_test.cc)
  endif()
endfunction()

function(racewalk_test name side room)
  add_executable(${name} ${ARGN})
  racewalk_flags(${name} ${side} ${room} test)
  target_compile_definitions(${name} PRIVATE RACEWALK_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE GTest::gtest_main ${RACEWALK_LIBRARIES})
  # PRE_TEST: the test is asked for its cases when ctest runs, not while building.
  # NO_PRETTY_VALUES: a value's printed form may hold an address, and names must not change.
  gtest_discover_tests(${name} TEST_PREFIX "${side}/${room}/" DISCOVERY_MODE PRE_TEST
    NO_PRETTY_VALUES DISCOVERY_TIMEOUT 120 PROPERTIES TIMEOUT 600)
endfunction()

function(racewalk_benchmarks)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/*/*_bench.cc
    ${CMAKE_SOURCE_DIR}/targets/*/*_bench.cc)
  if(NOT sources)
    return()
  endif()
  add_executable(racewalk_bench ${sources})
  if(RACEWALK_BUILD MATCHES "^(asan|tsan)$") # few measure those: ninja -C build/asan racewalk_bench
    set_target_properties(racewalk_bench PROPERTIES EXCLUDE_FROM_ALL TRUE)
  endif()
  racewalk_flags(racewalk_bench targets bench library) # optimised, as tests are not
  racewalk_link(racewalk_bench)
  target_compile_definitions(racewalk_bench PRIVATE RACEWALK_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  target_link_libraries(racewalk_bench PRIVATE benchmark::benchmark_main)
  set_target_properties(racewalk_bench PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${RACEWALK_BIN} OUTPUT_NAME racewalk_bench${RACEWALK_SUFFIX})
endfunction()

# The racewalk command and the libFuzzer binaries.
function(racewalk_programs)
  if(EXISTS ${CMAKE_SOURCE_DIR}/fuzz/cli/main.cc)
    add_executable(racewalk fuzz/cli/main.cc)
    racewalk_flags(racewalk fuzz main library)
    racewalk_link(racewalk)
    set_target_properties(racewalk PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${RACEWALK_BIN} OUTPUT_NAME racewalk${RACEWALK_SUFFIX})
  endif()
  if(NOT RACEWALK_BUILD MATCHES "^(asan|tsan)$")
    return()
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/fuzz/engine/libfuzzer_*.cc)
  foreach(source ${sources})
    cmake_path(GET source STEM name)
    string(REGEX REPLACE "^libfuzzer_" "fuzz_" name ${name})
    add_executable(${name} ${source})
    racewalk_flags(${name} fuzz engine library)
    racewalk_link(${name})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${RACEWALK_BIN} OUTPUT_NAME ${name}${RACEWALK_SUFFIX})
  endforeach()
endfunction()

# Every stored failure must come back, 20 times out of 20.
function(racewalk_repros)
  file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/repro/*/*.race)
  if(NOT TARGET racewalk)
    return()
  endif()
  foreach(file ${files})
    cmake_path(GET file STEM LAST_ONLY name)
    cmake_path(GET file PARENT_PATH folder)
    cmake_path(GET folder FILENAME target)
    add_test(NAME repro/${target}/${name} COMMAND racewalk replay ${file} --times 20)
    set_tests_properties(repro/${target}/${name} PROPERTIES TIMEOUT 120)
  endforeach()
endfunction()

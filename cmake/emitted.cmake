# What `racewalk emit-test` writes, compiled and run: it fails while the bug is there and passes
# when it is gone. The bug is a puzzle's; the fix is its twin without the bug.
function(racewalk_emitted_tests)
  # The text is the same in every build.
  if(NOT RACEWALK_BUILD STREQUAL "plain" OR NOT TARGET racewalk)
    return()
  endif()
  set(race ${CMAKE_SOURCE_DIR}/repro/puzzles/lost_update.race)
  set(planted ${CMAKE_BINARY_DIR}/emitted/planted_test.cc)
  set(fixed ${CMAKE_BINARY_DIR}/emitted/fixed_test.cc)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/emitted)
  add_custom_command(OUTPUT ${planted} DEPENDS racewalk ${race} VERBATIM
    COMMAND racewalk emit-test ${race} -o ${planted})
  add_custom_command(OUTPUT ${fixed} DEPENDS ${planted} VERBATIM
    COMMAND sed s/twin=planted/twin=fixed/ ${planted} > ${fixed})
  foreach(twin planted fixed)
    add_executable(emitted_${twin}_test ${${twin}})
    racewalk_flags(emitted_${twin}_test fuzz emitted test)
    racewalk_link(emitted_${twin}_test)
    target_link_libraries(emitted_${twin}_test PRIVATE GTest::gtest_main ${RACEWALK_LIBRARIES})
  endforeach()
  add_test(NAME emitted/fails-while-the-bug-is-there COMMAND emitted_planted_test)
  set_tests_properties(emitted/fails-while-the-bug-is-there PROPERTIES TIMEOUT 60
    PASS_REGULAR_EXPRESSION "2 increments, the counter says 1.*1 FAILED TEST")
  add_test(NAME emitted/passes-when-it-is-gone COMMAND emitted_fixed_test)
  set_tests_properties(emitted/passes-when-it-is-gone PROPERTIES TIMEOUT 60
    FAIL_REGULAR_EXPRESSION "Running 0 tests")
endfunction()

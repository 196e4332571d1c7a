# isoloss_room(NAME SOURCES … DEPENDS …): a static library of one room, with the warnings of the house and includes
# written from the root of the source tree ("engine/base/error.h").
function(isoloss_room name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE isoloss_warnings ${ARG_PRIVATE_DEPENDS})
endfunction()

# isoloss_qt_room: the same for rooms that use Qt (moc, strict Qt defines).
function(isoloss_qt_room name)
  isoloss_room(${name} ${ARGN})
  isoloss_strict_qt(${name})
endfunction()

function(isoloss_strict_qt name)
  # moc of Qt 6.4 fails on libstdc++'s <concepts> when it comes before any other header; it needs nothing from there.
  set_target_properties(${name} PROPERTIES AUTOMOC ON AUTORCC ON AUTOMOC_MOC_OPTIONS "-D_GLIBCXX_CONCEPTS")
  target_compile_definitions(${name} PRIVATE
    QT_NO_KEYWORDS QT_NO_CAST_TO_ASCII QT_NO_URL_CAST_FROM_STRING QT_NO_NARROWING_CONVERSIONS_IN_CONNECT
    QT_NO_FOREACH QT_DISABLE_DEPRECATED_BEFORE=0x060400)
endfunction()

# isoloss_test(NAME LABELS unit|gui|torch|realdata SOURCES … DEPENDS …): one QtTest executable, registered with ctest.
# Tests run without a display; realdata tests get the folder from the environment variable ISOLOSS_REAL_DATA.
function(isoloss_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} isoloss_warnings Qt6::Test)
  isoloss_strict_qt(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES
    LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "QT_QPA_PLATFORM=offscreen;LC_ALL=C.UTF-8;TZ=UTC;OMP_WAIT_POLICY=passive")
endfunction()

# isoloss_benchmark(NAME SOURCES … DEPENDS …): a program that prints figures; built with the tests, run by hand or with
# `ctest -L bench -C bench`.
function(isoloss_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} isoloss_warnings)
  isoloss_strict_qt(${name})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/benchmarks")
  add_test(NAME ${name} COMMAND ${name} CONFIGURATIONS bench)
  set_tests_properties(${name} PROPERTIES LABELS bench ENVIRONMENT "QT_QPA_PLATFORM=offscreen")
endfunction()

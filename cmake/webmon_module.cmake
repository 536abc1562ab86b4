# webmon_module(NAME [OBJECT] [FIXTURE name] [DEPS target...]): one library per folder, its tests beside the code.
# FIXTURE: what the Redis tests need, in the sense of ctest.
#   *_test.cpp       needs nothing                    label unit
#   *_redistest.cpp  starts its own redis-server      label redis
#   *_nettest.cpp    starts its own nginx on loopback label net
function(webmon_module name)
  cmake_parse_arguments(ARG "OBJECT" "FIXTURE" "DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "_(test|redistest|nettest)\\.cpp$")
  if(ARG_OBJECT)
    add_library(webmon_${name} OBJECT ${sources})
  else()
    add_library(webmon_${name} STATIC ${sources})
  endif()
  add_library(webmon::${name} ALIAS webmon_${name})
  target_link_libraries(webmon_${name} PUBLIC webmon_flags ${ARG_DEPS})
  if(WEBMON_TESTS)
    webmon_module_tests(${name} test unit)
    webmon_module_tests(${name} redistest redis FIXTURES_REQUIRED "${ARG_FIXTURE}")
    webmon_module_tests(${name} nettest net)
  endif()
endfunction()

function(webmon_module_tests name suffix label)
  file(GLOB tests CONFIGURE_DEPENDS *_${suffix}.cpp)
  if(NOT tests)
    return()
  endif()
  add_executable(${name}_${suffix} ${tests})
  target_link_libraries(${name}_${suffix} PRIVATE webmon::${name} webmon::testing GTest::gmock
                                                  GTest::gtest_main)
  gtest_discover_tests(${name}_${suffix} DISCOVERY_MODE PRE_TEST
                       PROPERTIES LABELS ${label} TIMEOUT 120 ${ARGN})
endfunction()

# webmon_embed(MODULE FILES HEADER NAMESPACE [INCLUDED...]): the texts of files become string constants of the module,
# as HEADER declares them; a changed file rebuilds them.
function(webmon_embed module pattern header namespace)
  file(GLOB files CONFIGURE_DEPENDS ${pattern} ${ARGN})
  get_filename_component(stem ${header} NAME_WE)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${stem}.cpp)
  set(script ${CMAKE_SOURCE_DIR}/cmake/embed.cmake)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -D OUT=${out} -D FILES=${CMAKE_CURRENT_SOURCE_DIR}/${pattern} -D HEADER=${header}
            -D NAMESPACE=${namespace} -P ${script}
    DEPENDS ${files} ${script} VERBATIM)
  target_sources(webmon_${module} PRIVATE ${out})
endfunction()

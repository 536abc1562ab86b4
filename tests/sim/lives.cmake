# Simulated lives: the real dispatcher, jobs api and executors on virtual time.
find_package(CLI11 REQUIRED)
add_library(webmon_sim_life STATIC client.cpp executor_actor.cpp invariants.cpp ledger.cpp life.cpp network.cpp
                                   pages.cpp redis_host.cpp seeded_bugs.cpp world.cpp)
target_link_libraries(webmon_sim_life PUBLIC webmon::sim_model webmon::dispatcher webmon::executor webmon::stats)
add_executable(webmon_sim sim_main.cpp)
target_link_libraries(webmon_sim PRIVATE webmon_sim_life webmon::plugins CLI11::CLI11)

# Optimised: 2,000 seeds in two halves, every seed that ever failed, and each planted mistake, which must be found
# within 2,000. Under sanitizers a few lives.
function(sim_test name)
  add_test(NAME sim.${name} COMMAND webmon_sim ${ARGN})
  set_tests_properties(sim.${name} PROPERTIES LABELS sim TIMEOUT 300)
endfunction()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  sim_test(lives_sanitized --count 30)
else()
  sim_test(lives_1_to_1000 --count 1000)
  sim_test(lives_1001_to_2000 --first 1001 --count 1000)
  sim_test(seeds_that_failed --seeds ${CMAKE_CURRENT_SOURCE_DIR}/seeds.txt)
  file(STRINGS seeded_bugs.cpp bugs REGEX "^      {\"")
  foreach(line ${bugs})
    string(REGEX REPLACE "^      {\"([a-z-]+)\".*" "\\1" bug "${line}")
    sim_test(bug.${bug} --count 2000 --bug ${bug})
  endforeach()
endif()

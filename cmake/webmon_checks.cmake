# Checks of the source tree, as ctests: who includes whom, rules of style, and that both checks bite.
foreach(check layers style)
  add_test(NAME ${check} COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR}
                                 -P ${CMAKE_SOURCE_DIR}/cmake/check_${check}.cmake)
endforeach()
add_test(NAME checks_find_seeded_violations
         COMMAND ${CMAKE_COMMAND} -DCHECKS=${CMAKE_SOURCE_DIR}/cmake -DWORK=${CMAKE_BINARY_DIR}/seeded
                 -P ${CMAKE_SOURCE_DIR}/cmake/check_checks.cmake)
set_tests_properties(layers style checks_find_seeded_violations PROPERTIES LABELS style TIMEOUT 60)

# Flags, sanitizers and ccache for every target of ours.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")  # line tables are enough for a backtrace

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
                                  CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

add_library(webmon_flags INTERFACE)
target_include_directories(webmon_flags INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(webmon_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
                                              -fno-omit-frame-pointer)
if(WEBMON_WERROR)
  target_compile_options(webmon_flags INTERFACE -Werror)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(webmon_flags INTERFACE -O0 -g1)  # under sanitizers -O1 takes twice as long to build
else()
  target_compile_options(webmon_flags INTERFACE -fstack-protector-strong -D_FORTIFY_SOURCE=2)
  target_link_options(webmon_flags INTERFACE -Wl,-z,relro,-z,now)
endif()
if(WEBMON_SANITIZE)
  target_compile_options(webmon_flags INTERFACE -fsanitize=address,undefined
                                                -fno-sanitize-recover=all)
  target_link_options(webmon_flags INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(webmon_flags INTERFACE WEBMON_SANITIZED=1)
elseif(WEBMON_FUZZ)
  target_compile_options(webmon_flags INTERFACE -O1 -fsanitize=fuzzer-no-link,address,undefined
                                                -fno-sanitize-recover=all)
  target_link_options(webmon_flags INTERFACE -fsanitize=address,undefined)
  target_compile_definitions(webmon_flags INTERFACE WEBMON_SANITIZED=1)
elseif(WEBMON_TSAN)
  target_compile_options(webmon_flags INTERFACE -fsanitize=thread)
  target_link_options(webmon_flags INTERFACE -fsanitize=thread)
  target_compile_definitions(webmon_flags INTERFACE WEBMON_SANITIZED=1)
endif()
target_link_options(webmon_flags INTERFACE -fuse-ld=lld)

# Debian packages only; nothing is downloaded. tools/install-deps installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(tl-expected REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)  # headers alone
find_package(tomlplusplus REQUIRED)  # its headers alone are used
foreach(module libzmq hiredis libcurl libcares libxxhash uchardet libidn2 libseccomp
        libpsl libzstd prometheus-cpp-core expat)
  string(REGEX REPLACE "[^a-z]" "" name ${module})
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
endforeach()
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)
pkg_check_modules(yara REQUIRED IMPORTED_TARGET yara)
if(WEBMON_TESTS)
  find_package(GTest REQUIRED)
  pkg_check_modules(lua REQUIRED IMPORTED_TARGET lua5.1)  # the Lua that Redis embeds
  include(GoogleTest)
endif()

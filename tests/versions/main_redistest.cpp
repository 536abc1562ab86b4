// The tests, or with --make-fixtures=DIR the generator of a new folder of stored data
// (make_fixtures.hpp).
#include <gtest/gtest.h>

#include <string_view>

#include "tests/versions/make_fixtures.hpp"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  constexpr std::string_view kFlag = "--make-fixtures=";
  for (int i = 1; i < argc; ++i) {
    const std::string_view word{argv[i]};
    if (!word.starts_with(kFlag)) continue;
    webmon::versions::register_make_fixtures(std::string{word.substr(kFlag.size())});
    ::testing::GTEST_FLAG(filter) = "MakeFixtures.*";
  }
  return RUN_ALL_TESTS();
}

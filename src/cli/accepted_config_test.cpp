#include "cli/accepted_config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace webmon::cli {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream file{path};
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(AcceptedConfig, HoldsTheLastTextUnderOnePath) {
  AcceptedConfig accepted;
  ASSERT_TRUE(accepted.replace("a = 1\n"));
  const auto path = accepted.path();
  EXPECT_EQ(text_of(path), "a = 1\n");
  std::ifstream early{path};  // a reader that began before
  ASSERT_TRUE(accepted.replace(std::string(200'000, 'x')));
  EXPECT_EQ(accepted.path(), path);
  EXPECT_EQ(text_of(path).size(), 200'000U);
  std::string line;
  std::getline(early, line);
  EXPECT_EQ(line, "a = 1");
  ASSERT_TRUE(accepted.replace(std::nullopt));
  EXPECT_EQ(text_of(path), "");
}

}  // namespace
}  // namespace webmon::cli

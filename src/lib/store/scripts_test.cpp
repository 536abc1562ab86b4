#include "lib/store/scripts.hpp"

#include <gtest/gtest.h>

#include <string>

namespace webmon::store {
namespace {

template <class F>
void each_script(F visit) {
  for (std::size_t i = 0; i < kScripts; ++i) {
    const auto script = static_cast<Script>(i);
    SCOPED_TRACE(std::string{script_text(script).substr(0, 60)});
    visit(script);
  }
}

TEST(Scripts, BeginWithTheirContract) {
  each_script([](Script script) {
    const auto text = script_text(script);
    EXPECT_TRUE(text.starts_with("-- "));
    EXPECT_NE(text.find("\n-- KEYS 1 "), std::string::npos);
    EXPECT_NE(text.find("\n-- ARGV 1 "), std::string::npos);
    EXPECT_NE(text.find("\n-- answers "), std::string::npos);
    EXPECT_EQ(text.find("--@include"), std::string::npos) << "an include that was not found";
  });
}

TEST(Scripts, TouchOnlyKeysThatAreDeclared) {
  constexpr std::string_view kCall = "redis.call('";
  each_script([&](Script script) {
    auto text = script_text(script);
    int calls = 0;
    for (auto at = text.find(kCall); at != text.npos; at = text.find(kCall), ++calls) {
      text.remove_prefix(at + kCall.size());
      EXPECT_TRUE(text.starts_with("TIME')") ||
                  text.substr(text.find('\'')).starts_with("', KEYS["))
          << text.substr(0, 60);
    }
    EXPECT_GT(calls, 0);
    EXPECT_EQ(script_text(script).find("pcall"), std::string::npos);
  });
}

TEST(Scripts, TakeTheTimeFromRedisAlone) {
  each_script([](Script script) {
    EXPECT_EQ(script_text(script).find("os."), std::string::npos);
    EXPECT_EQ(script_text(script).find("math.random"), std::string::npos);
  });
}

TEST(Scripts, HaveTheShaThatRedisWillGiveThem) {
  each_script([](Script script) {
    EXPECT_EQ(script_sha(script).size(), 40U);
    EXPECT_EQ(script_sha(script).find_first_not_of("0123456789abcdef"), std::string::npos);
  });
  EXPECT_NE(script_sha(Script::lead), script_sha(Script::unlead));
}

}  // namespace
}  // namespace webmon::store

#include "lib/core/http_date.hpp"

#include <gtest/gtest.h>

#include <string>

namespace webmon {
namespace {

TEST(HttpDate, ReadsTheFormsOfRfc9110AndOfCookies) {
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994", "Sun, 06-Nov-1994 08:49:37 GMT"}) {
    const auto time = parse_http_date(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_rfc3339(*time), "1994-11-06T08:49:37.000Z") << text;
  }
}

TEST(HttpDate, RefusesWhatIsNone) {
  for (const std::string& text : {std::string{}, std::string{"0"}, std::string{"-1"},
                                  std::string{"soon"}, std::string(100, '1')}) {
    EXPECT_FALSE(parse_http_date(text)) << text;
  }
}

}  // namespace
}  // namespace webmon

#include "pipeline/api/http_message.hpp"

#include <gtest/gtest.h>

#include "pipeline/api/problem.hpp"

namespace webmon::api {
namespace {

TEST(HttpMessage, SplitsTheTargetAndDecodesItsQuery) {
  const auto target = parse_target("/a%20b/c?x=1&y=a%26b+c&&flag&z=");
  ASSERT_TRUE(target) << target.error().detail;
  EXPECT_EQ(target->path, "/a%20b/c");
  const Fields wanted{{"x", "1"}, {"y", "a&b c"}, {"flag", ""}, {"z", ""}};
  EXPECT_EQ(target->query, wanted);
}

TEST(HttpMessage, RefusesBadTargets) {
  for (const auto* text : {"", "x", "*", "/a?b=%", "/a?b=%1", "/a?b=%zz", "/a?b=%00"}) {
    EXPECT_FALSE(parse_target(text)) << text;
  }
  std::string many = "/?";
  for (int i = 0; i < 100; ++i) many += "a=1&";
  EXPECT_FALSE(parse_target(many));
}

TEST(HttpMessage, DecodesWhatItEncodes) {
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(all), true).value(), all);
}

TEST(Problem, HasStatusCodeAndInstance) {
  const auto response = to_response(problem_of({Errc::stale, "version 3"}), "abc");
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(response.content_type, "application/problem+json");
  const auto body = boost::json::parse(response.body).as_object();
  EXPECT_EQ(body.at("code").as_string(), "stale");
  EXPECT_EQ(body.at("status").as_int64(), 412);
  EXPECT_EQ(body.at("title").as_string(), "Precondition Failed");
  EXPECT_EQ(body.at("detail").as_string(), "version 3");
  EXPECT_EQ(body.at("instance").as_string(), "abc");
}

TEST(Problem, EveryErrorOfOursHasAStatus) {
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) {
    const auto problem = problem_of({static_cast<Errc>(code), "x"});
    EXPECT_GE(problem.status, 400);
    EXPECT_NE(reason_of(problem.status), "Error");
    EXPECT_EQ(problem.code, to_string(static_cast<Errc>(code)));
  }
}

TEST(Problem, SaysWhenToTryAgainWhereThatHelps) {
  const auto response = to_response(problem_of({Errc::store_down, "x"}), "abc");
  EXPECT_EQ(response.status, 503);
  ASSERT_FALSE(response.headers.empty());
  EXPECT_EQ(response.headers[0].first, "Retry-After");
}

}  // namespace
}  // namespace webmon::api

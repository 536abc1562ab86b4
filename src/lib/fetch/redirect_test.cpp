#include "lib/fetch/redirect.hpp"

#include <gtest/gtest.h>

namespace webmon::fetch {
namespace {

HopRequest request(const char* url, const char* method = "GET") {
  HopRequest out;
  out.url = *parse_url(url);
  out.method = method;
  if (out.method == "POST") out.body = "a=b";
  return out;
}

TEST(Redirect, ChangesTheMethodAsRfc9110Allows) {
  struct Case {
    int status;
    const char* method;
    const char* want;
    bool keeps_body;
  };
  for (const auto& c : {Case{301, "GET", "GET", false}, Case{302, "HEAD", "HEAD", false},
                        Case{301, "POST", "GET", false}, Case{302, "POST", "GET", false},
                        Case{303, "POST", "GET", false}, Case{303, "HEAD", "HEAD", false},
                        Case{307, "POST", "POST", true}, Case{308, "POST", "POST", true}}) {
    SCOPED_TRACE(std::to_string(c.status) + " " + c.method);
    const auto next = next_request(request("http://a.example/", c.method), c.status, "/x");
    ASSERT_TRUE(next);
    EXPECT_EQ(next->method, c.want);
    EXPECT_EQ(!next->body.empty(), c.keeps_body);
  }
}

TEST(Redirect, FollowsOnlyTheStatusesThatMeanIt) {
  for (const int status : {301, 302, 303, 307, 308}) EXPECT_TRUE(is_redirect(status)) << status;
  for (const int status : {0, 200, 300, 304, 305, 306, 309, 400}) {
    EXPECT_FALSE(is_redirect(status)) << status;
  }
}

TEST(Redirect, KeepsAllHeadersWithinAnOrigin) {
  auto from = request("https://a.example/x");
  from.headers = {{"Authorization", "secret"}, {"Cookie", "secret"}, {"X-Key", "secret"}};
  EXPECT_EQ(next_request(from, 302, "/y")->headers, from.headers);
  EXPECT_EQ(next_request(from, 302, "https://A.example:443/y")->headers, from.headers);
}

TEST(Redirect, TakesOnlyHarmlessHeadersToAnotherOrigin) {
  auto from = request("https://a.example/x");
  from.headers = {{"Authorization", "secret"},
                  {"COOKIE", "secret"},
                  {"X-Api-Key", "secret"},
                  {"Accept-Language", "de"},
                  {"User-Agent", "mine"}};
  const Headers want = {{"Accept-Language", "de"}, {"User-Agent", "mine"}};
  for (const char* to : {"https://b.example/", "http://a.example/", "https://a.example:8443/",
                         "//b.example/", "https://sub.a.example/"}) {
    SCOPED_TRACE(to);
    EXPECT_EQ(next_request(from, 302, to)->headers, want);
  }
}

TEST(Redirect, DropsHeadersThatDescribeADroppedBody) {
  auto from = request("http://a.example/", "POST");
  from.headers = {{"Content-Type", "text/plain"}, {"Content-Encoding", "br"}, {"X-Own", "1"}};
  EXPECT_EQ(next_request(from, 303, "/y")->headers, (Headers{{"X-Own", "1"}}));
  EXPECT_EQ(next_request(from, 307, "/y")->headers, from.headers);
}

TEST(Redirect, KeepsTheTypeOfABodyThatGoesToAnotherOrigin) {
  auto from = request("http://a.example/", "POST");
  from.headers = {{"Content-Type", "text/plain"}, {"X-Own", "1"}};
  EXPECT_EQ(next_request(from, 307, "http://b.example/")->headers,
            (Headers{{"Content-Type", "text/plain"}}));
}

TEST(Redirect, RefusesWhatWebmonMayNotFetch) {
  for (const char* to : {"file:///etc/passwd", "gopher://a.example/", "ftp://a.example/",
                         "javascript:alert(1)", "data:text/html,x", "http://a:b@a.example/",
                         "http://", "http://a.example:0/", "http://a.example:99999/"}) {
    EXPECT_FALSE(next_request(request("http://a.example/"), 302, to)) << to;
  }
}

TEST(Redirect, KnowsADowngrade) {
  EXPECT_TRUE(is_downgrade(*parse_url("https://a.example/"), *parse_url("http://a.example/")));
  EXPECT_FALSE(is_downgrade(*parse_url("http://a.example/"), *parse_url("https://a.example/")));
  EXPECT_FALSE(is_downgrade(*parse_url("http://a.example/"), *parse_url("http://b.example/")));
}

}  // namespace
}  // namespace webmon::fetch

#include "lib/fetch/response_head.hpp"

#include <gtest/gtest.h>

namespace webmon::fetch {
namespace {

ResponseHead read(std::initializer_list<std::string_view> lines) {
  ResponseHead head{64 * 1024, 200};
  for (const auto line : lines) EXPECT_EQ(head.feed(line), ResponseHead::Verdict::ok) << line;
  return head;
}

TEST(ResponseHead, ReadsStatusVersionAndFieldsInOrder) {
  auto head = read({"HTTP/1.1 404 Not Found\r\n", "Content-Type: text/html \r\n", "X-A:1\r\n",
                    "X-A:\t2\r\n", "\r\n"});
  EXPECT_EQ(head.status(), 404);
  EXPECT_EQ(head.version(), "1.1");
  EXPECT_TRUE(head.is_complete());
  EXPECT_EQ(head.headers(), (Headers{{"content-type", "text/html"}, {"x-a", "1"}, {"x-a", "2"}}));
  EXPECT_TRUE(head.warnings().empty());
  EXPECT_EQ(head.bytes(), 24U + 26U + 7U + 8U + 2U);
}

TEST(ResponseHead, ReadsTheStatusLineOfHttp2) {
  auto head = read({"HTTP/2 200 \r\n", "\r\n"});
  EXPECT_EQ(head.status(), 200);
  EXPECT_EQ(head.version(), "2");
}

TEST(ResponseHead, DropsInterimHeadsButCountsThem) {
  auto head = read({"HTTP/1.1 103 Early Hints\r\n", "Link: </a>\r\n", "\r\n"});
  EXPECT_FALSE(head.is_complete());
  const auto before = head.bytes();
  head.feed("HTTP/1.1 200 OK\r\n");
  head.feed("\r\n");
  EXPECT_EQ(head.status(), 200);
  EXPECT_TRUE(head.headers().empty());
  EXPECT_GT(head.bytes(), before);
}

TEST(ResponseHead, DoesNotTakeTrailersForHeaders) {
  auto head = read({"HTTP/1.1 200 OK\r\n", "\r\n", "X-Late: 1\r\n", "HTTP/1.1 500 Late\r\n"});
  EXPECT_EQ(head.status(), 200);
  EXPECT_TRUE(head.headers().empty());
}

TEST(ResponseHead, StopsAtItsBoundOnBytes) {
  ResponseHead head{100, 200};
  EXPECT_EQ(head.feed("HTTP/1.1 200 OK\r\n"), ResponseHead::Verdict::ok);
  EXPECT_EQ(head.feed("X: " + std::string(100, 'x')), ResponseHead::Verdict::over_limit);
  EXPECT_TRUE(head.is_over_limit());
}

TEST(ResponseHead, StopsAtItsBoundOnLines) {
  ResponseHead head{64 * 1024, 3};
  EXPECT_EQ(head.feed("HTTP/1.1 200 OK\r\n"), ResponseHead::Verdict::ok);
  EXPECT_EQ(head.feed("a:\r\n"), ResponseHead::Verdict::ok);
  EXPECT_EQ(head.feed("b:\r\n"), ResponseHead::Verdict::ok);
  EXPECT_EQ(head.feed("c:\r\n"), ResponseHead::Verdict::over_limit);
}

TEST(ResponseHead, RefusesToSwitchProtocols) {
  ResponseHead head{100, 200};
  EXPECT_EQ(head.feed("HTTP/1.1 101 Switching\r\n"), ResponseHead::Verdict::protocol);
}

TEST(ResponseHead, WarnsOfAmbiguousFraming) {
  using Warnings = std::vector<std::string>;
  EXPECT_EQ(
      read({"HTTP/1.1 200 OK\r\n", "Content-Length: 3\r\n", "Content-Length: 5\r\n"}).warnings(),
      Warnings{"ambiguous_length"});
  EXPECT_EQ(
      read({"HTTP/1.1 200 OK\r\n", "Content-Length: 5\r\n", "Content-Length: 5\r\n"}).warnings(),
      Warnings{});
  EXPECT_EQ(read({"HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\n"})
                .warnings(),
            Warnings{"length_and_chunked"});
  EXPECT_EQ(read({"HTTP/1.1 200 OK\n", "A: 1\n", "\n"}).warnings(), Warnings{"bare_lf"});
}

TEST(ResponseHead, JoinsFoldedHeaders) {
  auto head = read({"HTTP/1.1 200 OK\r\n", " lost\r\n", "X: a\r\n", "  b\r\n"});
  EXPECT_EQ(head.headers(), (Headers{{"x", "a b"}}));
  EXPECT_EQ(head.warnings(), std::vector<std::string>{"folded_header"});
}

TEST(ResponseHead, SurvivesAnyLine) {
  for (const std::string_view line :
       {std::string_view{""}, std::string_view{"\n"}, std::string_view{":"},
        std::string_view{"HTTP/"}, std::string_view{"HTTP/1.1"},
        std::string_view{"HTTP/1.1 999999999999 x"}, std::string_view{"no colon\r\n"},
        std::string_view{"\0\0", 2}, std::string_view{" \r\n"}}) {
    ResponseHead head{100, 200};
    EXPECT_EQ(head.feed(line), ResponseHead::Verdict::ok);
  }
}

}  // namespace
}  // namespace webmon::fetch

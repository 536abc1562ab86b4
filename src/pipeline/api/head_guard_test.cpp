#include "pipeline/api/head_guard.hpp"

#include <gtest/gtest.h>

namespace webmon::api {
namespace {

constexpr std::size_t kLimit = 16 * 1'024;

std::string get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

/// The status of a refusal, 0 if complete, -1 if incomplete.
int verdict(const std::string& head, std::size_t limit = kLimit) {
  const auto result = check_head(head, limit);
  if (const auto* refused = std::get_if<HeadRefused>(&result)) return refused->status;
  return std::holds_alternative<HeadComplete>(result) ? 0 : -1;
}

TEST(HeadGuard, AcceptsAnOrdinaryHeadAndTellsItsSize) {
  const auto head = get("Accept: */*\r\nContent-Length: 3\r\n");
  const auto result = check_head(head + "a\nb", kLimit);
  ASSERT_TRUE(std::holds_alternative<HeadComplete>(result));
  EXPECT_EQ(std::get<HeadComplete>(result).size, head.size());
}

TEST(HeadGuard, WaitsForTheRest) {
  const auto head = get("A: b\r\n");
  for (std::size_t size = 0; size < head.size(); ++size) {
    EXPECT_EQ(verdict(head.substr(0, size)), -1) << size;
  }
  EXPECT_EQ(verdict(head), 0);
}

TEST(HeadGuard, RefusesWhatTwoParsersCouldReadInTwoWays) {
  struct Case {
    const char* name;
    std::string head;
    int status;
  };
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const Case cases[] = {
      {"length and coding", get("Content-Length: 3\r\n" + chunked), 400},
      {"coding and length", get(chunked + "Content-Length: 3\r\n"), 400},
      {"two lengths", get("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
      {"length list", get("Content-Length: 3, 3\r\n"), 400},
      {"signed length", get("Content-Length: +3\r\n"), 400},
      {"hex length", get("Content-Length: 0x3\r\n"), 400},
      {"empty length", get("Content-Length:\r\n"), 400},
      {"huge length", get("Content-Length: 99999999999999999999\r\n"), 400},
      {"two codings", get(chunked + chunked), 400},
      {"other coding", get("Transfer-Encoding: gzip, chunked\r\n"), 501},
      {"odd coding", get("Transfer-Encoding: xchunked\r\n"), 501},
      {"bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400},
      {"bare LF later", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", 400},
      {"bare CR", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400},
      {"folded line", get("A: b\r\n c\r\n"), 400},
      {"space before colon", get("Content-Length : 3\r\n"), 400},
      {"no colon", get("nonsense\r\n"), 400},
      {"empty name", get(": x\r\n"), 400},
      {"NUL", get(std::string("A: b\0c\r\n", 8)), 400},
      {"control character", get("A: b\x01\r\n"), 400},
      {"two hosts", get("Host: other\r\n"), 400},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"absolute form", "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"authority form", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"raw UTF-8 in target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"two parts", "GET /\r\nHost: a\r\n\r\n", 400},
      {"empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"other version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"no version", "GET / FTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"coding in 1.0", "POST / HTTP/1.0\r\n" + chunked + "\r\n", 400},
      {"long target", "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
  };
  for (const auto& c : cases) EXPECT_EQ(verdict(c.head), c.status) << c.name;
}

TEST(HeadGuard, BoundsBytesAndLines) {
  EXPECT_EQ(verdict(get("A: " + std::string(kLimit, 'x') + "\r\n")), 431);
  EXPECT_EQ(verdict("GET /" + std::string(kLimit, 'x')), 431) << "also before the end has come";
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "A: b\r\n";
  EXPECT_EQ(verdict(get(lines)), 431);
}

TEST(HeadGuard, AllowsHttp10WithoutHost) { EXPECT_EQ(verdict("GET / HTTP/1.0\r\n\r\n"), 0); }

}  // namespace
}  // namespace webmon::api

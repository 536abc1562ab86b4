#include "pipeline/api/routes.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

namespace webmon::api {
namespace {

std::string code_of(std::string host, std::string origin) {
  Request request;
  request.headers.emplace_back("host", std::move(host));
  if (!origin.empty()) request.headers.emplace_back("origin", std::move(origin));
  const auto ok = check_origin(request);
  return ok ? "" : ok.error().code;
}

TEST(Origin, ServesLoopbackNames) {
  for (const auto* host :
       {"localhost", "localhost:8080", "127.0.0.1", "127.1.2.3:80", "[::1]:8080"}) {
    EXPECT_EQ(code_of(host, ""), "") << host;
  }
}

TEST(Origin, RefusesNamesThatOnlyResolveToLoopback) {
  for (const auto* host : {"evil.example", "127.evil.example", "localhost.evil.example", "10.0.0.1",
                           "[fe80::1]", ""}) {
    EXPECT_EQ(code_of(host, ""), "bad_host") << host;
  }
}

TEST(Origin, RefusesPagesOfOtherOrigins) {
  EXPECT_EQ(code_of("localhost:8080", "http://localhost:8080"), "");
  EXPECT_EQ(code_of("localhost:8080", "http://localhost:3000"), "bad_origin");
  EXPECT_EQ(code_of("localhost:8080", "https://evil.example"), "bad_origin");
  EXPECT_EQ(code_of("localhost:8080", "null"), "bad_origin");
}

TEST(Routes, AreDistinct) {
  std::set<std::string> seen;
  for (const auto& route : routes()) {
    EXPECT_TRUE(seen.insert(std::string{route.method} + " " + std::string{route.pattern}).second);
  }
}

TEST(Routes, AreThoseOfTheDocument) {
  std::ifstream file{WEBMON_SOURCE_DIR "/docs/api.md"};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  ASSERT_FALSE(text.empty());
  std::size_t rows = 0;
  for (auto at = text.find(" | `/"); at != text.npos; at = text.find(" | `/", at + 1)) {
    ++rows;
  }
  EXPECT_EQ(rows, routes().size());
  for (const auto& route : routes()) {
    const auto row = "| " + std::string{route.method} + " | `" + std::string{route.pattern} + "` |";
    EXPECT_NE(text.find(row), text.npos) << row;
  }
}

}  // namespace
}  // namespace webmon::api

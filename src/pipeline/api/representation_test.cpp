#include "pipeline/api/representation.hpp"

#include <gtest/gtest.h>

namespace webmon::api {
namespace {

TEST(Representation, IfNoneMatchComparesWeakly) {
  struct Case {
    const char* wanted;
    const char* etag;
    bool want;
  };
  for (const auto& c :
       {Case{"\"3\"", "\"3\"", true}, Case{"W/\"3\"", "\"3\"", true},
        Case{"\"3\"", "W/\"3\"", true}, Case{"*", "\"3\"", true},
        Case{"\"1\", W/\"3\" ,\"4\"", "\"3\"", true}, Case{"\"a,3\"", "\"3\"", false},
        Case{"\"33\"", "\"3\"", false}, Case{"3", "\"3\"", false}, Case{"\"3", "\"3\"", false},
        Case{"", "\"3\"", false}}) {
    EXPECT_EQ(names_etag(c.wanted, c.etag), c.want) << c.wanted << " " << c.etag;
  }
}

Request get(Fields headers) {
  Request request;
  request.method = "GET";
  request.headers = std::move(headers);
  return request;
}

std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(Representation, AStrongETagIsWeakOnceTheBodyIsCoded) {
  auto response = json_response(200, boost::json::value(std::string(5'000, 'x')));
  response.headers.emplace_back("ETag", "\"3.4\"");
  represent(get({{"accept-encoding", "gzip"}}), response);
  EXPECT_EQ(header(response, "ETag"), "W/\"3.4\"");
  EXPECT_EQ(header(response, "Content-Encoding"), "gzip");
  EXPECT_LT(response.body.size(), 200U);
}

TEST(Representation, ErrorsAndChangesHaveNoETag) {
  auto missing = json_response(404, boost::json::object{});
  represent(get({{"if-none-match", "*"}}), missing);
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(header(missing, "ETag"), "");
  auto posted = json_response(200, boost::json::object{});
  auto post = get({{"if-none-match", "*"}});
  post.method = "POST";
  represent(post, posted);
  EXPECT_EQ(posted.status, 200);
  EXPECT_EQ(header(posted, "ETag"), "");
}

TEST(Representation, EqualBodiesHaveEqualETags) {
  auto one = json_response(200, boost::json::object{{"a", 1}});
  auto same = json_response(200, boost::json::object{{"a", 1}});
  auto other = json_response(200, boost::json::object{{"a", 2}});
  for (auto* response : {&one, &same, &other}) represent(get({}), *response);
  EXPECT_EQ(header(one, "ETag"), header(same, "ETag"));
  EXPECT_NE(header(one, "ETag"), header(other, "ETag"));
}

TEST(RequestId, IsShortAndPlain) {
  for (const auto* good : {"a", "A-1._b"}) EXPECT_TRUE(is_request_id(good)) << good;
  EXPECT_TRUE(is_request_id(std::string(64, 'x')));
  for (const auto* bad : {"", "a b", "a\"", "ä", "a/b", "a\n"})
    EXPECT_FALSE(is_request_id(bad)) << bad;
  EXPECT_FALSE(is_request_id(std::string(65, 'x')));
}

}  // namespace
}  // namespace webmon::api

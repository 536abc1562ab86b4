#include "pipeline/api/json_body.hpp"

#include <gtest/gtest.h>

namespace webmon::api {
namespace {

std::string nested(int depth) {
  return R"({"a":)" + std::string(static_cast<std::size_t>(depth), '[') +
         std::string(static_cast<std::size_t>(depth), ']') + "}";
}

TEST(JsonBody, ReadsAnObject) {
  const auto body =
      parse_json_object(R"( {"url":"http://a.example/","n":[1,2.5,null,{"x":true}]} )");
  ASSERT_TRUE(body) << body.error().detail;
  EXPECT_EQ(body->at("url").as_string(), "http://a.example/");
}

TEST(JsonBody, TheSameNameInDifferentObjectsIsFine) {
  EXPECT_TRUE(parse_json_object(R"({"a":{"b":1},"b":{"a":1},"c":[{"a":1},{"a":2}]})"));
}

TEST(JsonBody, RefusesEverythingElse) {
  struct Case {
    const char* name;
    std::string text;
  };
  const Case cases[] = {
      {"empty", ""},
      {"cut off", R"({"a":1)"},
      {"array", "[1]"},
      {"text", R"("a")"},
      {"something behind", R"({"a":1} x)"},
      {"two objects", "{}{}"},
      {"comment", "{/* */}"},
      {"trailing comma", R"({"a":1,})"},
      {"single quotes", "{'a':1}"},
      {"bad UTF-8", "{\"a\":\"\xff\"}"},
      {"overlong UTF-8", "{\"a\":\"\xc0\xaf\"}"},
      {"lone surrogate", R"({"a":"\ud800"})"},
      {"raw control character", "{\"a\":\"\n\"}"},
      {"NaN", R"({"a":NaN})"},
      {"duplicate name", R"({"a":1,"a":2})"},
      {"duplicate name, escaped", R"({"a":1,"\u0061":2})"},
      {"duplicate name, inside", R"({"x":[{"a":1,"b":2,"a":3}]})"},
      {"too deep", nested(40)},
      {"far too deep", nested(100'000)},
  };
  for (const auto& c : cases) EXPECT_FALSE(parse_json_object(c.text)) << c.name;
  EXPECT_TRUE(parse_json_object(nested(30)));
}

}  // namespace
}  // namespace webmon::api

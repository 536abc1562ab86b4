#include "pipeline/api/router.hpp"

#include <gtest/gtest.h>

namespace webmon::api {
namespace {

Router router() {
  Router made;
  made.add("GET", "/v1/assets", 0);
  made.add("POST", "/v1/assets", 1);
  made.add("GET", "/v1/assets/{id}", 2);
  made.add("GET", "/v1/assets/{id}/reports", 3);
  made.add("GET", "/v1/assets/special", 4);
  made.add("DELETE", "/v1/assets/{id}", 5);
  return made;
}

TEST(Router, FindsTheHandlerOfMethodAndPath) {
  struct Case {
    const char* method;
    const char* path;
    std::size_t handler;
  };
  for (const auto& c :
       {Case{"GET", "/v1/assets", 0}, Case{"HEAD", "/v1/assets", 0}, Case{"POST", "/v1/assets", 1},
        Case{"GET", "/v1/assets/x", 2}, Case{"DELETE", "/v1/assets/special", 5},
        Case{"GET", "/v1/assets/x/reports", 3}}) {
    SCOPED_TRACE(std::string{c.method} + " " + c.path);
    const auto match = router().match(c.method, c.path);
    const auto* found = std::get_if<Router::Found>(&match);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->handler, c.handler);
  }
}

TEST(Router, ALiteralSegmentWinsOverAParameter) {
  const auto match = router().match("GET", "/v1/assets/special");
  EXPECT_EQ(std::get<Router::Found>(match).handler, 4U);
}

TEST(Router, HandsOverParametersDecoded) {
  const auto match = router().match("GET", "/v1/assets/a%20b/reports");
  EXPECT_EQ(std::get<Router::Found>(match).params, std::vector<std::string>{"a b"});
}

TEST(Router, AnUnknownPathHasNoRoute) {
  for (const auto* path : {"/", "/v1", "/v1/assets/", "/v1/assets/x/", "/v1/assets/x/other",
                           "/v1//assets", "/v1/assets/%zz", "/V1/assets"}) {
    EXPECT_TRUE(std::holds_alternative<Router::NoRoute>(router().match("GET", path))) << path;
  }
}

TEST(Router, AWrongMethodIsToldWhatIsAllowed) {
  const auto match = router().match("PUT", "/v1/assets");
  EXPECT_EQ(std::get<Router::WrongMethod>(match).allow, "GET, HEAD, OPTIONS, POST");
  const auto options = router().match("OPTIONS", "/v1/assets/x");
  EXPECT_EQ(std::get<Router::WrongMethod>(options).allow, "DELETE, GET, HEAD, OPTIONS");
}

}  // namespace
}  // namespace webmon::api

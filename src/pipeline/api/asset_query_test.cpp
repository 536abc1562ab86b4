#include "pipeline/api/asset_query.hpp"

#include <gtest/gtest.h>

namespace webmon::api {
namespace {

store::AssetHead head(std::string_view url) {
  store::AssetHead made;
  made.asset.url = *parse_url(url);
  made.asset.tags = {"eu", "shop"};
  made.state = AssetState::down;
  return made;
}

Checked<AssetQuery> query(Fields parameters) {
  Request request;
  request.query = std::move(parameters);
  return read_asset_query(request);
}

bool matches(Fields parameters, std::string_view url = "http://www.example.org/Shop?a=1") {
  const auto read = query(std::move(parameters));
  return read && read->matches(head(url));
}

TEST(AssetQuery, EveryFilterMustHold) {
  EXPECT_TRUE(matches({}));
  EXPECT_TRUE(matches({{"tag", "shop"}, {"state", "down"}, {"enabled", "true"}}));
  EXPECT_FALSE(matches({{"tag", "blog"}}));
  EXPECT_FALSE(matches({{"tag", "shop"}, {"state", "up"}}));
  EXPECT_FALSE(matches({{"enabled", "false"}}));
}

TEST(AssetQuery, FindsTextInAnyCaseAndHostsAsAWhole) {
  EXPECT_TRUE(matches({{"text", "sHOP?"}}));
  EXPECT_FALSE(matches({{"text", "shop*"}}));
  EXPECT_TRUE(matches({{"host", "WWW.example.org"}}));
  EXPECT_FALSE(matches({{"host", "example.org"}}));
  EXPECT_TRUE(matches({{"host", "::1"}}, "http://[::1]:8080/"));
}

TEST(AssetQuery, RefusesWhatCannotBeMeant) {
  for (const auto& [name, value] : Fields{{"state", "sad"},
                                          {"enabled", "yes"},
                                          {"text", ""},
                                          {"host", "a/b"},
                                          {"host", "a b"},
                                          {"host", ""}}) {
    const auto read = query({{name, value}});
    ASSERT_FALSE(read) << name << "=" << value;
    EXPECT_EQ(read.error().code, "bad_query");
  }
}

TEST(AssetQuery, AsksRedisForThePatternOfTheUrl) {
  EXPECT_EQ(query({{"text", "A1*"}})->url_pattern(), R"(*[aA]1\**)");
  EXPECT_EQ(query({{"host", "a.b"}})->url_pattern(), "*://[aA].[bB][:/]*");
  EXPECT_EQ(query({{"host", "::1"}})->url_pattern(), R"(*://\[::1\][:/]*)");
  EXPECT_EQ(query({{"tag", "shop"}})->url_pattern(), std::nullopt);
}

}  // namespace
}  // namespace webmon::api

#include "lib/core/group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webmon {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

json::object object(std::string_view text) { return json::parse(text).as_object(); }

AssetOptions options(std::string_view text) { return parse_group_options(object(text)).value(); }

/// "eu" asks by HEAD, every minute; "shop" by POST, every 30 s, and does not verify.
Groups eu_and_shop() {
  Groups groups;
  groups["eu"].options = options(
      R"({"interval_s":60,"request":{"method":"HEAD"},"plugins":{"html-stats":{"enabled":false}}})");
  groups["shop"].options = options(
      R"({"interval_s":30,"request":{"method":"POST"},"tls":{"verify":false},
          "plugins":{"html-stats":{"depth":3},"tls-cert":{"enabled":false}}})");
  return groups;
}

Asset tagged(std::vector<std::string> tags) {
  Asset asset;
  asset.tags = std::move(tags);
  return asset;
}

TEST(Group, SaysOnlyOptions) {
  EXPECT_EQ(options("{}"), AssetOptions{});
  EXPECT_EQ(options(R"({"request":null,"tls":null,"interval_s":null})"), AssetOptions{});
  for (const auto* body : {R"({"tags":["x"]})", R"({"url":"http://a.example/"})", R"({"x":1})"}) {
    const auto refused = parse_group_options(object(body));
    ASSERT_FALSE(refused) << body;
    EXPECT_THAT(refused.error().detail,
                HasSubstr("a group has interval_s, request, tls, ignore, sensitivity, plugins"));
  }
  EXPECT_FALSE(parse_group_options(object(R"({"interval_s":4})")));
  EXPECT_FALSE(parse_group_options(object(R"({"request":{"headers":{"Cookie":"a"}}})")));
}

TEST(Group, PrintsWhatItSaysAndNullForTheRest) {
  Group group{.options = options(R"({"tls":{"verify":true}})"), .version = 7};
  const auto body = to_json("shop", group);
  EXPECT_EQ(body.at("tag"), "shop");
  EXPECT_EQ(body.at("version"), 7U);
  EXPECT_TRUE(body.at("request").is_null());
  EXPECT_TRUE(body.at("interval_s").is_null());
  EXPECT_EQ(body.at("tls"), object(R"({"verify":true})"));
}

TEST(Inherit, FillsInWhatTheAssetDoesNotSay) {
  auto asset = tagged({"eu"});
  inherit(asset, eu_and_shop());
  EXPECT_EQ(asset.interval, seconds{60});
  EXPECT_EQ(asset.request->method, "HEAD");
  EXPECT_EQ(asset.tls_verify, std::nullopt) << "nobody says it";
  EXPECT_FALSE(is_plugin_enabled(asset, "html-stats"));
}

TEST(Inherit, LetsTheAssetsOwnWordStand) {
  auto asset = tagged({"eu", "shop"});
  asset.interval = seconds{300};
  asset.request = RequestOptions{};
  asset.tls_verify = true;
  asset.plugins = object(R"({"html-stats":{"enabled":true}})");
  inherit(asset, eu_and_shop());
  EXPECT_EQ(asset.interval, seconds{300});
  EXPECT_EQ(asset.request, RequestOptions{});
  EXPECT_EQ(asset.tls_verify, true);
  EXPECT_EQ(asset.plugins,
            object(R"({"html-stats":{"enabled":true},"tls-cert":{"enabled":false}})"));
}

TEST(Inherit, TakesTheShortestIntervalAndElseTheFirstTag) {
  auto asset = tagged({"eu", "shop"});
  inherit(asset, eu_and_shop());
  EXPECT_EQ(asset.interval, seconds{30});
  EXPECT_EQ(asset.request->method, "HEAD");
  EXPECT_EQ(asset.tls_verify, false);
  EXPECT_EQ(asset.plugins.at("html-stats"), object(R"({"enabled":false})"))
      << "options of a plugin come as a whole from one place";
}

TEST(Inherit, TakesIgnoreRulesAsAWholeFromOnePlace) {
  Groups groups;
  groups["eu"].options = options(R"({"ignore":[{"css":".eu"},{"css":".b"}]})");
  groups["shop"].options = options(R"({"ignore":[{"css":".shop"}]})");
  auto asset = tagged({"eu", "shop"});
  EXPECT_EQ(ignore_giver(asset.tags, groups), "eu");
  EXPECT_EQ(ignore_giver({"us"}, groups), "");
  inherit(asset, groups);
  ASSERT_TRUE(asset.ignore);
  EXPECT_EQ(asset.ignore->size(), 2U);
  EXPECT_EQ(asset.ignore->front().css, ".eu");
  asset.ignore = IgnoreRules{};
  inherit(asset, groups);
  EXPECT_EQ(asset.ignore, IgnoreRules{}) << "it says itself that nothing is ignored";
}

TEST(Inherit, TakesTheSensitivityOfTheFirstTagThatSaysOne) {
  Groups groups;
  groups["shop"].options = options(R"({"sensitivity":12})");
  groups["us"].options = options(R"({"sensitivity":0.5})");
  auto asset = tagged({"eu", "shop", "us"});
  EXPECT_EQ(sensitivity_giver(asset.tags, groups), "shop");
  inherit(asset, groups);
  EXPECT_EQ(asset.sensitivity, 12);
  asset.sensitivity = 3;
  inherit(asset, groups);
  EXPECT_EQ(asset.sensitivity, 3) << "its own";
  EXPECT_FALSE(stored_options_json({}).contains("sensitivity"));
}

TEST(StoredOptions, HaveNoIgnoreRulesWhereNoneAreSaid) {
  EXPECT_FALSE(stored_options_json({}).contains("ignore")) << "older builds refuse what they "
                                                              "do not know";
  const auto some = options(R"({"ignore":[{"css":".a"}]})");
  EXPECT_EQ(parse_group_options(stored_options_json(some)).value(), some);
  const auto none = options(R"({"ignore":[]})");
  EXPECT_EQ(parse_group_options(stored_options_json(none)).value(), none);
}

TEST(Inherit, LeavesAssetsOfOtherTagsAlone) {
  auto asset = tagged({"us"});
  inherit(asset, eu_and_shop());
  EXPECT_EQ(static_cast<const AssetOptions&>(asset), AssetOptions{});
}

TEST(Givers, NameTheTagThatSaysIt) {
  const auto groups = eu_and_shop();
  const std::vector<std::string> both{"eu", "shop"};
  EXPECT_EQ(interval_giver(both, groups), "shop");
  EXPECT_EQ(request_giver(both, groups), "eu");
  EXPECT_EQ(tls_giver(both, groups), "shop");
  EXPECT_EQ(plugin_giver(both, groups, "html-stats"), "eu");
  EXPECT_EQ(plugin_giver(both, groups, "tls-cert"), "shop");
  EXPECT_EQ(plugin_giver(both, groups, "http-probe"), "");
  EXPECT_EQ(interval_giver({"us"}, groups), "");
}

}  // namespace
}  // namespace webmon

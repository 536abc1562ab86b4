#include "lib/core/asset.hpp"

#include <gtest/gtest.h>

#include <set>

namespace webmon {
namespace {

namespace json = boost::json;

Result<AssetPatch> patch_of(std::string_view text) {
  return parse_asset_patch(json::parse({text.data(), text.size()}).as_object());
}

Asset example() {
  SeededRng rng{3};
  Asset asset;
  asset.id = make_id<AssetId>(store_time_ms(1'800'000'000'000), rng, 9);
  asset.created = asset.updated = store_time_ms(1'800'000'000'123);
  const auto patch = patch_of(R"({
      "url": "https://Example.com:443/a?b", "tags": ["shop", "eu", "shop"], "enabled": false,
      "interval_s": 60,
      "request": {"method": "POST", "headers": {"Accept-Language": "de"}, "body": "x=1"},
      "tls": {"verify": false},
      "ignore": [{"css": ".ad"}, {"attribute": "Nonce"}, {"attribute": "value", "css": "input"},
                 {"regex": "[0-9]+"}],
      "plugins": {"html-stats": {"enabled": false, "depth": 3}}})");
  apply(patch.value(), asset);
  return asset;
}

TEST(AssetPatch, ReadsEveryField) {
  const auto asset = example();
  EXPECT_EQ(asset.url.text, "https://example.com/a?b");
  EXPECT_EQ(asset.tags, (std::vector<std::string>{"eu", "shop"}));
  EXPECT_FALSE(asset.enabled);
  EXPECT_EQ(asset.interval, seconds{60});
  ASSERT_TRUE(asset.request);
  EXPECT_EQ(asset.request->method, "POST");
  EXPECT_EQ(asset.request->body, "x=1");
  ASSERT_EQ(asset.request->headers.size(), 1U);
  EXPECT_EQ(asset.request->headers[0].first, "Accept-Language");
  EXPECT_EQ(asset.tls_verify, false);
  EXPECT_EQ(asset.ignore, (IgnoreRules{{.css = ".ad", .attribute = {}, .regex = {}},
                                       {.css = {}, .attribute = "nonce", .regex = {}},
                                       {.css = "input", .attribute = "value", .regex = {}},
                                       {.css = {}, .attribute = {}, .regex = "[0-9]+"}}));
  EXPECT_FALSE(is_plugin_enabled(asset, "html-stats"));
}

TEST(IgnoreRule, ReadsAsPeopleWriteIt) {
  const auto asset = example();
  std::string text;
  for (const auto& rule : *asset.ignore) text += to_text(rule) + "|";
  EXPECT_EQ(text, "css .ad|attribute nonce|attribute value of input|regex [0-9]+|");
}

TEST(AssetPatch, TellsNoRulesFromNotSaid) {
  auto asset = example();
  apply(patch_of(R"({"ignore":[]})").value(), asset);
  EXPECT_EQ(asset.ignore, IgnoreRules{});
  EXPECT_EQ(asset_from_document(asset_document(asset)).value().ignore, IgnoreRules{});
  apply(patch_of(R"({"ignore":null})").value(), asset);
  EXPECT_EQ(asset.ignore, std::nullopt);
  EXPECT_EQ(asset_from_document(asset_document(asset)).value().ignore, std::nullopt);
}

TEST(AssetPatch, HasBoundsForIgnoreRules) {
  const auto with = [](std::size_t count, std::size_t bytes) {
    json::array rules;
    for (std::size_t i = 0; i < count; ++i)
      rules.push_back(json::object{{"css", std::string(bytes, 'a')}});
    return parse_asset_patch({{"ignore", std::move(rules)}});
  };
  const auto why = [](const auto& patch) { return patch ? "" : patch.error().detail; };
  EXPECT_TRUE(with(32, 128));
  EXPECT_EQ(why(with(33, 1)), "ignore: more than 32 rules");
  EXPECT_TRUE(with(4, 1024));
  EXPECT_EQ(why(with(1, 1025)), "ignore[0].css: more than 1024 bytes");
  EXPECT_EQ(why(with(5, 820)), "ignore: more than 4096 bytes");
}

TEST(AssetPatch, LeavesAbsentFieldsAlone) {
  auto asset = example();
  const auto before = json::serialize(to_json(asset));
  apply(patch_of("{}").value(), asset);
  EXPECT_EQ(json::serialize(to_json(asset)), before);
  apply(patch_of(R"({"enabled":true})").value(), asset);
  EXPECT_TRUE(asset.enabled);
  EXPECT_EQ(asset.tls_verify, false);
}

TEST(AssetPatch, TakesAnOptionAwayByNull) {
  auto asset = example();
  apply(patch_of("{}").value(), asset);
  EXPECT_EQ(asset.interval, seconds{60}) << "absent: unchanged";
  apply(patch_of(R"({"interval_s":null,"request":null,"tls":null})").value(), asset);
  EXPECT_EQ(asset.interval, std::nullopt);
  EXPECT_EQ(asset.request, std::nullopt);
  EXPECT_EQ(asset.tls_verify, std::nullopt);
  for (const auto* option : {"interval_s", "request", "tls"})
    EXPECT_TRUE(to_json(asset).at(option).is_null()) << option;
  for (const auto bound : {kLeastInterval, kMostInterval}) {
    apply(patch_of(R"({"interval_s":)" + std::to_string(bound.count()) + "}").value(), asset);
    EXPECT_EQ(asset.interval, bound);
  }
}

TEST(AssetPatch, NamesTheFieldThatIsWrong) {
  struct Case {
    const char* in;
    const char* path;
  };
  const Case cases[] = {
      {R"({"name":"x"})", "name: unknown"},
      {R"({"id":"x"})", "id: is read-only"},
      {R"({"version":3})", "version: is read-only"},
      {R"({"url":7})", "url: must be a string"},
      {R"({"url":null})", "url: must be a string"},
      {R"({"url":"ftp://x/"})", "url: "},
      {R"({"url":"http://u:p@x/"})", "url: "},
      {R"({"tags":"a"})", "tags: must be an array"},
      {R"({"tags":[1]})", "tags[0]: must be a string"},
      {R"({"tags":["a","B"]})", "tags[1]: "},
      {R"({"tags":[""]})", "tags[0]: "},
      {R"({"tags":["a b"]})", "tags[0]: "},
      {R"({"enabled":1})", "enabled: must be true or false"},
      {R"({"interval_s":4})", "interval_s: must be null or a whole number of seconds, 5 to 604800"},
      {R"({"interval_s":604801})", "interval_s: must be"},
      {R"({"interval_s":18446744073709551615})", "interval_s: must be"},
      {R"({"interval_s":60.5})", "interval_s: must be"},
      {R"({"interval_s":"60"})", "interval_s: must be"},
      {R"({"request":[]})", "request: must be an object"},
      {R"({"request":{"verb":"GET"}})", "request.verb: unknown"},
      {R"({"request":{"method":"DELETE"}})", "request.method: "},
      {R"({"request":{"method":"get"}})", "request.method: "},
      {R"({"request":{"body":"x"}})", "request.body: needs"},
      {R"({"request":{"headers":[]}})", "request.headers: must be an object"},
      {R"({"request":{"headers":{"X":1}}})", "request.headers.X: must be a string"},
      {R"({"request":{"headers":{"X Y":"1"}}})", "request.headers.X Y: is not a header name"},
      {R"({"request":{"headers":{"":"1"}}})", "request.headers.: is not a header name"},
      {R"({"request":{"headers":{"X":"a\r\nEvil: 1"}}})", "request.headers.X: contains a control"},
      {R"({"request":{"headers":{"X":"a\u0000"}}})", "request.headers.X: contains a control"},
      {R"({"request":{"headers":{"X":"a","x":"b"}}})", "request.headers.x: is there twice"},
      {R"({"request":{"headers":{"Host":"b"}}})", "request.headers.Host: is set by Webmon"},
      {R"({"request":{"headers":{"Transfer-Encoding":"b"}}})",
       "Transfer-Encoding: is set by Webmon"},
      {R"({"tls":true})", "tls: must be an object"},
      {R"({"tls":{"verify":"no"}})", "tls.verify: must be true or false"},
      {R"({"tls":{"ca":"x"}})", "tls.ca: unknown"},
      {R"({"sensitivity":0})", "sensitivity: must be null or a number of false alerts a year"},
      {R"({"sensitivity":"12"})", "sensitivity: must be null or a number of false alerts a year"},
      {R"({"sensitivity":1e9})", "sensitivity: must be null or a number of false alerts a year"},
      {R"({"ignore":{}})", "ignore: must be null or an array of rules"},
      {R"({"ignore":[".ad"]})", "ignore[0]: must be an object"},
      {R"({"ignore":[{"css":"a"},{}]})", "ignore[1]: must have css, or regex, or attribute"},
      {R"({"ignore":[{"css":"a","regex":"b"}]})", "ignore[0]: must have css, or regex, or"},
      {R"({"ignore":[{"attribute":"a","regex":"b"}]})", "ignore[0]: must have css, or regex, or"},
      {R"({"ignore":[{"css":1}]})", "ignore[0].css: must be a string"},
      {R"({"ignore":[{"regex":""}]})", "ignore[0].regex: is empty"},
      {R"({"ignore":[{"attribute":"a b"}]})", "ignore[0].attribute: is not the name of an"},
      {R"({"ignore":[{"xpath":"//a"}]})", "ignore[0].xpath: unknown field"},
      {R"({"plugins":[]})", "plugins: must be an object"},
      {R"({"plugins":{"HTML":{}}})", "plugins.HTML: is not a plugin name"},
      {R"({"plugins":{"html-stats":false}})", "plugins.html-stats: must be an object"},
      {R"({"plugins":{"html-stats":{"enabled":0}}})", "plugins.html-stats.enabled: must be"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.in);
    const auto patch = patch_of(c.in);
    ASSERT_FALSE(patch);
    EXPECT_EQ(patch.error().code, Errc::bad_input);
    EXPECT_NE(patch.error().detail.find(c.path), std::string::npos) << patch.error().detail;
  }
}

TEST(AssetPatch, RefusesCredentialsWithoutRepeatingThem) {
  for (const auto* in : {R"({"auth":{"basic":"hunter2"}})", R"({"request":{"auth":"hunter2"}})",
                         R"({"request":{"headers":{"Authorization":"hunter2"}}})",
                         R"({"request":{"headers":{"cookie":"hunter2"}}})",
                         R"({"request":{"headers":{"PROXY-Authorization":"hunter2"}}})"}) {
    SCOPED_TRACE(in);
    const auto patch = patch_of(in);
    ASSERT_FALSE(patch);
    EXPECT_NE(patch.error().detail.find("encrypt"), std::string::npos);
    EXPECT_EQ(patch.error().detail.find("hunter2"), std::string::npos);
  }
}

TEST(AssetPatch, HasBounds) {
  json::array tags;
  for (int i = 0; i < 33; ++i) tags.emplace_back("t" + std::to_string(i));
  EXPECT_FALSE(parse_asset_patch({{"tags", tags}}));
  tags.pop_back();
  EXPECT_TRUE(parse_asset_patch({{"tags", tags}}));
  EXPECT_FALSE(parse_asset_patch({{"tags", {std::string(65, 'a')}}}));
  const json::object big{{"method", "POST"}, {"body", std::string(16'385, 'x')}};
  EXPECT_FALSE(parse_asset_patch({{"request", big}}));
  const json::object options{{"pad", std::string(4096, 'x')}};
  EXPECT_FALSE(parse_asset_patch({{"plugins", {{"html-stats", options}}}}));
}

TEST(Asset, PrintsAndParsesToItself) {
  const auto asset = example();
  const auto back = asset_from_document(asset_document(asset));
  ASSERT_TRUE(back) << back.error().detail;
  EXPECT_EQ(to_json(*back), to_json(asset));
  EXPECT_EQ(back->id, asset.id);
  EXPECT_EQ(back->url, asset.url);
  EXPECT_EQ(back->created, asset.created);
}

TEST(Asset, KeepsADefaultThatItSaysItself) {
  Asset asset = example();
  asset.request = RequestOptions{};
  asset.tls_verify = true;
  const auto back = asset_from_document(asset_document(asset)).value();
  EXPECT_EQ(back.request, RequestOptions{});
  EXPECT_EQ(back.tls_verify, true);
}

TEST(Asset, InheritsWhatAnOlderBuildStoredAsDefault) {
  auto old = to_json(example());
  old["request"] = json::object{{"method", "GET"}, {"headers", json::object{}}};
  old["tls"] = json::object{{"verify", true}};
  const auto asset = asset_from_document(json::serialize(old)).value();
  EXPECT_EQ(asset.request, std::nullopt);
  EXPECT_EQ(asset.tls_verify, std::nullopt);
}

TEST(Asset, WritesDocumentsThatOlderBuildsReadUnlessItSaysDefaults) {
  auto asset = example();
  EXPECT_FALSE(json::parse(asset_document(asset)).as_object().contains("form"));
  asset.request.reset();
  asset.tls_verify.reset();
  asset.interval.reset();
  asset.ignore.reset();
  const auto document = json::parse(asset_document(asset)).as_object();
  for (const auto* absent : {"form", "request", "tls", "interval_s", "ignore", "sensitivity"})
    EXPECT_FALSE(document.contains(absent)) << absent;
}

TEST(Asset, RefusesWhatIsNoDocument) {
  for (const auto* text :
       {"", "[]", "{", "{}", R"({"url":"http://x/"})", R"({"id":"x","url":"http://x/"})",
        R"({"version":0})", R"({"version":"1"})", R"({"created":"yesterday"})"}) {
    SCOPED_TRACE(text);
    const auto asset = asset_from_document(text);
    ASSERT_FALSE(asset);
    EXPECT_EQ(asset.error().code, Errc::bad_frame);
  }
}

TEST(Asset, EnablesPluginsUnlessSwitchedOff) {
  Asset asset;
  EXPECT_TRUE(is_plugin_enabled(asset, "tls-cert"));
  asset.plugins = patch_of(R"({"plugins":{"tls-cert":{"enabled":false},"http-probe":{"x":1}}})")
                      .value()
                      .plugins.value();
  EXPECT_FALSE(is_plugin_enabled(asset, "tls-cert"));
  EXPECT_TRUE(is_plugin_enabled(asset, "http-probe"));
}

TEST(AssetState, PrintsAndParsesToItself) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kAssetStates; ++i) {
    const auto state = static_cast<AssetState>(i);
    names.insert(to_string(state));
    EXPECT_EQ(parse_asset_state(to_string(state)).value(), state);
  }
  EXPECT_EQ(names.size(), kAssetStates);
  EXPECT_FALSE(parse_asset_state("UP"));
}

TEST(AssetDocument, KeepsWhatWasDecidedOfItsChanges) {
  Asset asset;
  asset.id = *parse_id<AssetId>("0192f3c0-7a10-7cc2-9d5e-3f1b2a6c9e15");
  asset.url = *parse_url("http://a.example/");
  EXPECT_EQ(asset_document(asset).find("baseline"), std::string::npos) << "older builds read it";
  asset.baseline.approved = store_time_ms(1'700'000'000'123);
  asset.baseline.expected_until = store_time_ms(1'700'000'500'000);
  const auto again = asset_from_document(asset_document(asset));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->baseline, asset.baseline);
  EXPECT_FALSE(to_json(asset).contains("baseline")) << "it has calls of its own";
  const auto patch = parse_asset_patch({{"baseline", boost::json::object{}}});
  ASSERT_FALSE(patch);
  EXPECT_EQ(patch.error().detail, "baseline: is decided by POST assets/{id}/baseline; remove it");
}

}  // namespace
}  // namespace webmon

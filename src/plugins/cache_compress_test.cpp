#include <gtest/gtest.h>

#include <string>

#include "plugins/page_for_test.hpp"

namespace webmon::plugins {
namespace {

Report check(const Headers& headers, std::string body = "<p>x",
             std::string_view type = "text/html") {
  Page page = page_for_test(std::move(body), type);
  page.headers.insert(page.headers.end(), headers.begin(), headers.end());
  return run_plugin("cache-compress", page).report;
}

TEST(CacheCompress, TellsTheHeadersAsSent) {
  const Report report = check({{"vary", "Accept-Encoding"},
                               {"vary", "Cookie"},
                               {"etag", "W/\"1\""},
                               {"last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"},
                               {"cache-control", "public, max-age=60"}});
  EXPECT_EQ(report.state, ReportState::ok);
  EXPECT_EQ(fact(report, "vary"), "\"Accept-Encoding, Cookie\"");
  EXPECT_EQ(fact(report, "etag"), R"("W/\"1\"")");
  EXPECT_EQ(fact(report, "last_modified"), "\"1994-11-06T08:49:37.000Z\"");
  EXPECT_EQ(fact(report, "cache_control"), "\"public, max-age=60\"");
  EXPECT_EQ(fact(report, "encoding"), "\"identity\"");
  EXPECT_EQ(value_of(report, "lifetime_s"), 60);
}

TEST(CacheCompress, MentionsTextThatIsNotCompressedFrom8KibOn) {
  const std::string large(8192, 'x');
  EXPECT_EQ(check({}, large).findings.at(0).code, "not_compressed");
  EXPECT_EQ(check({}, large).state, ReportState::ok);
  EXPECT_TRUE(check({}, large.substr(1)).findings.empty());
  EXPECT_TRUE(check({}, large, "image/png").findings.empty());
  EXPECT_TRUE(check({{"content-encoding", "GZIP"}}, large).findings.empty());
  EXPECT_EQ(fact(check({{"content-encoding", "GZIP"}}, large), "encoding"), "\"gzip\"");
}

TEST(CacheCompress, RatioIsDecodedByWire) {
  Page page = page_for_test(std::string(1000, 'x'));
  page.wire_bytes = 250;
  EXPECT_EQ(value_of(run_plugin("cache-compress", page).report, "ratio"), 4);
  page.wire_bytes = 0;
  EXPECT_EQ(find_value(run_plugin("cache-compress", page).report, "ratio"), nullptr);
}

TEST(CacheCompress, KnowsHowLongSharedCachesMayKeepIt) {
  struct Case {
    Headers headers;
    double lifetime;
    const char* cacheable;
  };
  const auto date = std::pair{std::string{"date"}, std::string{"Sun, 06 Nov 1994 08:49:37 GMT"}};
  for (const Case& c : {
           Case{{{"cache-control", "max-age=60, s-maxage=10"}}, 10, "true"},
           Case{{{"cache-control", "max-age=60"}}, 60, "true"},
           Case{{{"cache-control", "max-age=0"}}, 0, "false"},
           Case{{{"cache-control", "private, max-age=60"}}, 60, "false"},
           Case{{{"cache-control", "no-store, max-age=60"}}, 60, "false"},
           Case{{date, {"expires", "Sun, 06 Nov 1994 08:50:37 GMT"}}, 60, "true"},
           Case{{date, {"expires", "0"}}, 0, "false"},
           Case{{date, {"expires", "Sun, 06 Nov 1994 07:50:37 GMT"}}, 0, "false"},
       }) {
    SCOPED_TRACE(c.headers.back().second);
    const Report report = check(c.headers);
    EXPECT_EQ(value_of(report, "lifetime_s"), c.lifetime);
    EXPECT_EQ(fact(report, "cacheable"), c.cacheable);
  }
  EXPECT_EQ(find_value(check({}), "lifetime_s"), nullptr);
  EXPECT_EQ(fact(check({}), "cacheable"), "false");
}

TEST(CacheCompress, KnowsThatCachesGuessALifetimeFromTheTimeOfTheLastChange) {
  const std::pair<std::string, std::string> modified{"last-modified",
                                                     "Sun, 06 Nov 1994 08:49:37 GMT"};
  EXPECT_EQ(fact(check({modified}), "cacheable"), "true");
  for (const char* control : {"no-cache", "private", "no-store", "max-age=0"}) {
    EXPECT_EQ(fact(check({modified, {"cache-control", control}}), "cacheable"), "false") << control;
  }
  EXPECT_EQ(fact(check({modified, {"expires", "0"}}), "cacheable"), "false");
  EXPECT_EQ(fact(check({{"cache-control", "no-cache, max-age=60"}}), "cacheable"), "false");
}

TEST(CacheCompress, WarnsOfAnswersOverAMinuteOlderThanTheirLifetime) {
  const auto aged = [](const char* age) {
    return check({{"cache-control", "max-age=100"}, {"age", age}});
  };
  EXPECT_EQ(fact(aged("100"), "stale"), "false");
  EXPECT_EQ(fact(aged("101"), "stale"), "true");
  EXPECT_EQ(aged("160").state, ReportState::ok);
  EXPECT_EQ(aged("161").state, ReportState::warn);
  EXPECT_EQ(aged("161").reason, "stale");
  EXPECT_EQ(value_of(aged("161"), "age_s"), 161);
  EXPECT_EQ(fact(aged("soon"), "stale"), "(none)");
  EXPECT_EQ(fact(check({{"age", "1000"}}), "stale"), "(none)") << "nobody said how long";
}

TEST(CacheCompress, TellsWhetherACacheHadIt) {
  EXPECT_EQ(fact(check({{"cf-cache-status", "HIT"}}), "cdn_cache_hit"), "true");
  EXPECT_EQ(fact(check({{"x-cache", "MISS from proxy"}}), "cdn_cache_hit"), "false");
  EXPECT_EQ(fact(check({{"cache-status", "edge; hit"}}), "cdn_cache_hit"), "true");
  EXPECT_EQ(fact(check({}), "cdn_cache_hit"), "(none)");
}

TEST(CacheCompress, BoundsAndCleansHostileHeaders) {
  const std::string long_one(20'000, '\xff');
  const Report report = check({{"etag", long_one},
                               {"cache-control", long_one},
                               {"age", long_one},
                               {"expires", long_one},
                               {"date", long_one},
                               {"vary", long_one}});
  EXPECT_LE(fact(report, "etag").size(), 202U);
}

TEST(CacheCompress, DoesNotJudgeErrorPages) {
  Page page = page_for_test("<p>x");
  page.status = 500;
  EXPECT_EQ(run_plugin("cache-compress", page).report.reason, "no_page");
}

}  // namespace
}  // namespace webmon::plugins

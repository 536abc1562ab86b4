#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

#include "lib/store/report_blob.hpp"
#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

class Export : public ApiTest {
 protected:
  std::vector<json::object> lines(const std::string& query = {}) {
    const auto reply = get("/api/v1/assets:export" + query);
    EXPECT_EQ(reply.status, 200) << reply.text;
    std::vector<json::object> found;
    std::istringstream in{reply.text};
    for (std::string line; std::getline(in, line);) found.push_back(json::parse(line).as_object());
    return found;
  }
  std::vector<std::string> urls(const std::string& query) {
    std::vector<std::string> found;
    for (const auto& line : lines(query)) found.emplace_back(line.at("url").as_string());
    return found;
  }
  std::vector<std::string> listed(const std::string& query) {
    std::vector<std::string> found;
    std::string cursor;
    do {
      const auto page =
          get("/api/v1/assets?" + query + (cursor.empty() ? "" : "&cursor=" + cursor));
      EXPECT_EQ(page.status, 200) << page.text;
      if (page.status != 200) break;
      for (const auto& item : page.body.at("items").as_array())
        found.emplace_back(item.at("url").as_string());
      cursor = page.at("/next") == "null" ? "" : page.at("/next");
    } while (!cursor.empty());
    return found;
  }
  HttpReply bulk(const std::string& text) {
    return post("/api/v1/assets:bulk", text, {"Content-Type: application/x-ndjson"});
  }
  /// What an executor would leave, in short.
  void observe(const std::string& id, double size) {
    store::ReportBlob blob;
    blob.observed = store_time_ms(1'000);
    blob.entries.resize(1);
    blob.entries[0].report.plugin = 200;
    blob.entries[0].report.metrics = {{20'001, size}};
    redis.command({"SET", keys.report(*parse_id<AssetId>(id)), encode(blob)});
  }
};

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(Export, WritesEveryAssetOfAllPartitionsOnce) {
  constexpr std::size_t kAssets = 700;
  std::string text;
  for (std::size_t i = 0; i < kAssets; ++i) {
    text +=
        R"({"url":"http://h)" + std::to_string(i % 90) + ".example/" + std::to_string(i) + "\"}\n";
  }
  bulk(text);
  const auto all = urls({});
  EXPECT_EQ(all.size(), kAssets);
  EXPECT_EQ((std::set<std::string>{all.begin(), all.end()}.size()), kAssets);
  EXPECT_EQ(listed("limit=1000"), all) << "a list has the same order";
  EXPECT_EQ(listed("limit=7&text=EXAMPLE/1"), urls("?text=EXAMPLE/1"));
  EXPECT_EQ(listed("text=example/699"), urls("?host=h69.example&text=699"));
  EXPECT_THAT(listed("limit=3&host=h3.example"),
              ::testing::UnorderedElementsAreArray(urls("?text=//h3.example/")));
}

TEST_F(Export, FiltersCombine) {
  bulk(R"({"url":"http://a.example/Shop","tags":["eu","shop"]})"
       "\n"
       R"({"url":"http://a.example:81/","tags":["eu"],"enabled":false})"
       "\n"
       R"({"url":"http://b.example/a.example/","tags":["shop"]})"
       "\n");
  EXPECT_THAT(listed("tag=eu"),
              UnorderedElementsAre("http://a.example/Shop", "http://a.example:81/"));
  EXPECT_THAT(listed("tag=eu&enabled=true"), ElementsAre("http://a.example/Shop"));
  EXPECT_THAT(listed("enabled=false"), ElementsAre("http://a.example:81/"));
  EXPECT_THAT(listed("host=A.example"),
              UnorderedElementsAre("http://a.example/Shop", "http://a.example:81/"));
  EXPECT_THAT(listed("text=sHOp"), ElementsAre("http://a.example/Shop"));
  EXPECT_THAT(listed("text=a.example&tag=shop&state=unknown"),
              UnorderedElementsAre("http://a.example/Shop", "http://b.example/a.example/"));
  EXPECT_THAT(listed("text=a%3Fexample"), IsEmpty()) << "signs of patterns are plain here";
  EXPECT_THAT(listed("host=c.example"), IsEmpty());
  EXPECT_EQ(get("/api/v1/assets?enabled=perhaps").code(), "bad_query");
}

TEST_F(Export, ComparesTheLatestMetrics) {
  const auto fast = add("http://fast.example/");
  const auto slow = add("http://slow.example/");
  const auto slower = add("http://slower.example/");
  add("http://new.example/");
  observe(fast, 10);
  observe(slow, 700);
  observe(slower, 900);
  EXPECT_THAT(urls("?where=size_bytes%3E500"),
              UnorderedElementsAre("http://slow.example/", "http://slower.example/"));
  EXPECT_THAT(urls("?where=size_bytes%3E500&where=test-plugin.size_bytes%3C800"),
              ElementsAre("http://slow.example/"));
  EXPECT_THAT(urls("?by=size_bytes&top=2"),
              ElementsAre("http://slower.example/", "http://slow.example/"));
  EXPECT_THAT(
      urls("?by=-size_bytes&where=state%3Dunknown"),
      ElementsAre("http://fast.example/", "http://slow.example/", "http://slower.example/"));
  const auto first = lines("?by=size_bytes&top=1").at(0);
  EXPECT_EQ(json::serialize(first.at("metrics")), R"({"test-plugin.size_bytes":9E2})");
  const auto with_reports = lines("?include=metrics,reports&host=slow.example").at(0);
  EXPECT_EQ(with_reports.at("reports").at(0).at("plugin"), "test-plugin");
  EXPECT_FALSE(lines("?host=slow.example").at(0).contains("metrics"));
}

TEST_F(Export, RefusesWhatItCannotMean) {
  for (const auto* query : {"?where=colour%3E1", "?top=3", "?by=state", "?by=size_bytes&top=0",
                            "?include=all", "?limit=3", "?by=size_bytes&top=1001"}) {
    EXPECT_EQ(get(std::string{"/api/v1/assets:export"} + query).code(), "bad_query") << query;
  }
}

TEST_F(Export, AnImportOfItIsTheSameAssets) {
  bulk(R"({"url":"http://a.example/","tags":["eu"],"interval_s":60,"tls":{"verify":false},)"
       R"("request":{"method":"POST","headers":{"A":"b"},"body":"x"},)"
       R"("plugins":{"html-stats":{"enabled":false}}})"
       "\n"
       R"({"url":"http://b.example/","enabled":false})"
       "\n");
  const auto exported = get("/api/v1/assets:export?include=metrics,reports").text;
  redis.command({"FLUSHALL"});
  redis.command({"HSET", keys.meta(), "schema", "1", "min_reader", "1", "partitions", "64"});
  EXPECT_THAT(bulk(exported).text, ::testing::HasSubstr(R"("created":2,)"));
  const auto settings = [](const std::string& text) {
    std::multiset<std::string> found;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
      auto asset = json::parse(line).as_object();
      for (const auto* ours : {"id", "created", "updated"}) asset.erase(ours);
      found.insert(json::serialize(asset));
    }
    return found;
  };
  EXPECT_EQ(settings(get("/api/v1/assets:export?include=metrics,reports").text),
            settings(exported));
}

TEST_F(Export, ARedisThatGoesAwayCutsIt) {
  add("http://a.example/");
  redis.kill();
  const auto answer = raw("GET /api/v1/assets:export HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(answer, ::testing::StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(answer, ::testing::Not(::testing::HasSubstr("\r\n0\r\n\r\n")))
      << "the client must see that it is not complete";
}

}  // namespace
}  // namespace webmon::api

// Every list of the API is walked the same way: `limit`, `next`, `cursor`.
#include <set>

#include "pipeline/api/api_fixture.hpp"
#include "pipeline/api/routes.hpp"

namespace webmon::api {
namespace {

class Paging : public ApiTest {
 protected:
  static constexpr int kItems = 7;

  /// Seven assets on several hosts, seven groups, and seven runs of all; the last one's id.
  std::string fill() {
    for (int i = 0; i < kItems; ++i)
      add("http://host" + std::to_string(i % 3) + ".example/" + std::to_string(i));
    for (int i = 0; i < kItems; ++i) call("PUT", "/api/v1/groups/t" + std::to_string(i), "{}");
    std::string run;
    for (int i = 0; i < kItems; ++i) run = post("/api/v1/runs", R"({"all":true})").at("/id");
    return run;
  }
  /// Routes that page, with `run` for the id in their path.
  static std::vector<std::string> lists(const std::string& run) {
    std::vector<std::string> paths;
    for (const auto& route : routes()) {
      bool has_limit = false;
      for_each_word(route.operation.query,
                    [&](std::string_view word) { has_limit = has_limit || word == "limit"; });
      if (!has_limit) continue;
      std::string path{route.pattern};
      if (const auto hole = path.find('{'); hole != path.npos) {
        path.replace(hole, path.find('}') - hole + 1, run);
      }
      paths.push_back(std::move(path));
    }
    return paths;
  }
  /// All items, `limit` at a time.
  std::vector<std::string> walk(const std::string& path, int limit) {
    std::vector<std::string> items;
    std::string cursor;
    do {
      const auto page = get(path + "?limit=" + std::to_string(limit) +
                            (cursor.empty() ? "" : "&cursor=" + cursor));
      EXPECT_EQ(page.status, 200) << page.text;
      if (page.status != 200) break;
      const auto& list = page.body.at("items").as_array();
      EXPECT_LE(list.size(), static_cast<std::size_t>(limit));
      for (const auto& item : list) items.push_back(boost::json::serialize(item));
      cursor = page.at("/next") == "null" ? "" : page.at("/next");
    } while (!cursor.empty() && items.size() < 100);
    return items;
  }
};

TEST_F(Paging, EveryListIsTheSameInPagesOfAnySize) {
  const auto paths = lists(fill());
  EXPECT_GE(paths.size(), 4U) << "assets, groups, runs, jobs of a run";
  for (const auto& path : paths) {
    SCOPED_TRACE(path);
    const auto whole = walk(path, 1'000);
    EXPECT_EQ(whole.size(), static_cast<std::size_t>(kItems));
    for (const int limit : {1, 2, 3, kItems}) EXPECT_EQ(walk(path, limit), whole) << limit;
  }
}

TEST_F(Paging, EveryListRefusesWhatIsNoPage) {
  for (const auto& path : lists(fill())) {
    SCOPED_TRACE(path);
    EXPECT_EQ(get(path + "?cursor=Nonsense").code(), "bad_cursor");
    EXPECT_EQ(get(path + "?limit=0").code(), "bad_limit");
    EXPECT_EQ(get(path + "?limit=1001").code(), "bad_limit");
  }
}

TEST_F(Paging, RunsThatBeginMeanwhileShiftNothing) {
  fill();
  const auto first = get("/api/v1/runs?limit=3");
  post("/api/v1/runs", R"({"all":true})");
  const auto second = get("/api/v1/runs?limit=10&cursor=" + first.at("/next"));
  std::set<std::string> seen;
  for (const auto* page : {&first, &second}) {
    for (const auto& item : page->body.at("items").as_array()) {
      EXPECT_TRUE(seen.insert(std::string{item.at("id").as_string()}).second) << "shown twice";
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kItems));
}

TEST_F(Paging, RunsOfOneMillisecondAreAllShown) {
  const auto run = fill();
  redis.command({"EVAL",
                 "local all = redis.call('ZRANGE', KEYS[1], 0, -1) for _, id in ipairs(all) do "
                 "redis.call('ZADD', KEYS[1], 1000, id) end",
                 "1", keys.runs()});
  EXPECT_EQ(walk("/api/v1/runs", 2).size(), static_cast<std::size_t>(kItems));
}

}  // namespace
}  // namespace webmon::api

#include "cli/watch_view.hpp"

#include <gtest/gtest.h>

#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

json::array troubled(std::initializer_list<std::pair<const char*, const char*>> assets) {
  json::array out;
  for (const auto& [id, state] : assets)
    out.push_back(json::object{
        {"id", id}, {"state", state}, {"url", std::string{"http://"} + id + ".example/"}});
  return out;
}

WatchSeen seen() {
  WatchSeen out;
  out.fleet = json::parse(
      R"({"assets":{"total":100,"by_state":{"unknown":0,"up":98,"down":2}},"jobs":{"pending":7,"dead":1},
          "schedule":{"planned":100,"overdue":3},
          "executors":[{"id":"host-4711","slots":64,"in_flight":32}]})");
  out.runs = {json::parse(R"({"what":"all","jobs":{"total":10,"done":4,"dead":1,"cancelled":0}})"),
              json::parse(R"({"what":"tag shop","jobs":{"total":3,"done":3},"has_ended":true})")};
  out.troubled = troubled({{"a", "down"}, {"b", "down"}});
  out.dispatcher = json::parse(
      R"({"outstanding":12,"counters":{"claimed":1000},"schedule":{"lag_p50_ms":131,"lag_p99_ms":262},
          "snapshot":{"durable":7}})");
  return out;
}

std::string text(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

TEST(ChangeLog, TellsWhoComesAndGoesAndWhoGetsWorse) {
  ChangeLog log;
  log.look(troubled({{"a", "down"}}), "01:00:00");
  ASSERT_EQ(log.changes().size(), 1U);
  EXPECT_EQ(log.changes()[0].from, "");
  log.look(troubled({{"a", "changed"}, {"b", "down"}}), "01:00:01");
  ASSERT_EQ(log.changes().size(), 3U);
  EXPECT_EQ(log.changes()[0].url, "http://b.example/");
  EXPECT_EQ(log.changes()[0].from, "all right");
  EXPECT_EQ(log.changes()[1].from, "down");
  EXPECT_EQ(log.changes()[1].to, "changed");
  log.look(troubled({{"b", "down"}}), "01:00:02");
  EXPECT_EQ(log.changes()[0].url, "http://a.example/");
  EXPECT_EQ(log.changes()[0].to, "all right");
  log.look(troubled({{"b", "down"}}), "01:00:03");
  EXPECT_EQ(log.changes().size(), 4U);
}

TEST(ChangeLog, ForgetsTheOldest) {
  ChangeLog log;
  for (std::size_t i = 0; i < ChangeLog::kKept; ++i) {
    log.look(troubled({{"a", "down"}}), "x");
    log.look({}, "y");
  }
  EXPECT_EQ(log.changes().size(), ChangeLog::kKept);
}

TEST(WatchView, ShowsTheFleetItsExecutorsItsRunsAndWhatChanged) {
  WatchView view;
  view.server = "http://127.0.0.1:8080";
  view.take(seen(), MonoTime{}, "01:00:00");
  const auto shown = text(view.render(100, 0, false));
  for (const auto* part :
       {"assets 100   overdue 3   queue 7   dead jobs 1", "lag p50 131 ms, p99 262 ms",
        "up                  98  [################################.]",
        "down                 2  [.................................]", "host-4711", "32/64", "50 %",
        "5/10", "CHANGES 2", "down         01:00:00  http://a.example/"})
    EXPECT_NE(shown.find(part), std::string::npos) << part << "\n" << shown;
  EXPECT_EQ(shown.find("unknown"), std::string::npos) << "states of nobody are left out";
  EXPECT_EQ(shown.find("tag shop"), std::string::npos) << "ended runs are left out";
}

TEST(WatchView, CountsChecksBetweenTwoLooks) {
  WatchView view;
  view.take(seen(), MonoTime{}, "01:00:00");
  auto later = seen();
  later.dispatcher.at_pointer("/counters/claimed") = 3'000;
  view.take(std::move(later), MonoTime{seconds{2}}, "01:00:02");
  EXPECT_NE(text(view.render(100, 0, false)).find("checks/s 1000"), std::string::npos);
}

TEST(WatchView, FitsAnyTerminal) {
  WatchView view;
  view.take(seen(), MonoTime{}, "01:00:00");
  for (std::size_t width = 1; width < 130; width += 3) {
    for (std::size_t height = 1; height < 40; height += 2) {
      const auto lines = view.render(width, height, false);
      ASSERT_EQ(lines.size(), height);
      for (const auto& line : lines) ASSERT_LE(columns(line), width) << line;
    }
  }
}

TEST(WatchView, ScrollsThroughTheChanges) {
  WatchView view;
  view.take(seen(), MonoTime{}, "01:00:00");
  view.scroll = 1;
  const auto shown = text(view.render(100, 0, false));
  EXPECT_EQ(shown.find("http://b.example/"), std::string::npos);
  EXPECT_NE(shown.find("http://a.example/"), std::string::npos);
}

TEST(WatchView, SaysWhyItSeesNothingAndKeepsWhatItSaw) {
  WatchView view;
  view.take(seen(), MonoTime{}, "01:00:00");
  WatchSeen gone;
  gone.trouble = "cannot reach the API\x1b[2J";
  view.take(std::move(gone), MonoTime{seconds{1}}, "01:00:01");
  const auto shown = text(view.render(100, 30, true));
  EXPECT_NE(shown.find("cannot reach the API\\x1b[2J"), std::string::npos) << shown;
  EXPECT_NE(shown.find("CHANGES 2"), std::string::npos);
}

}  // namespace
}  // namespace webmon::cli

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

namespace json = boost::json;

class Bulk : public ApiTest {
 protected:
  HttpReply bulk(const std::string& lines, const std::string& query = {}) {
    return post("/api/v1/assets:bulk" + query, lines, {"Content-Type: application/x-ndjson"});
  }
  /// The lines of an answer as JSON texts.
  static std::vector<std::string> events(const HttpReply& reply) {
    std::vector<std::string> lines;
    std::istringstream in{reply.text};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }
  static json::object result(const HttpReply& reply) {
    const auto all = events(reply);
    if (all.empty()) return {};
    boost::system::error_code ec;
    const auto last = json::parse(all.back(), ec);
    if (ec || !last.is_object() || !last.as_object().contains("result")) return {};
    return last.at("result").as_object();
  }
  /// "created changed unchanged errors of lines".
  static std::string counts(const HttpReply& reply) {
    const auto r = result(reply);
    std::string text;
    for (const auto* name : {"created", "changed", "unchanged", "errors"}) {
      text += (r.contains(name) ? json::serialize(r.at(name)) : "?") + " ";
    }
    return text + "of " + (r.contains("lines") ? json::serialize(r.at("lines")) : "?");
  }
  HttpReply find(const std::string& url) { return get("/api/v1/assets?url=" + url); }
};

std::string line(const std::string& url, const std::string& more = {}) {
  return R"({"url":")" + url + "\"" + more + "}\n";
}

TEST_F(Bulk, CreatesWhatIsNewChangesWhatDiffersAndLeavesTheRest) {
  const auto lines = line("http://a.example/", R"(,"tags":["shop"])") +
                     line("http://b.example/", R"(,"interval_s":60)");
  const auto first = bulk(lines);
  ASSERT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(first.headers.at("content-type"), "application/x-ndjson");
  EXPECT_EQ(counts(first), "2 0 0 0 of 2");
  EXPECT_EQ(counts(bulk(lines)), "0 0 2 0 of 2");
  EXPECT_EQ(find("http://a.example/").at("/items/0/version"), "1");

  const auto other = line("http://a.example/", R"(,"enabled":false)") + line("http://c.example/");
  EXPECT_EQ(counts(bulk(other)), "1 1 0 0 of 2");
  const auto a = find("http://a.example/");
  EXPECT_EQ(a.at("/items/0/enabled"), "false");
  EXPECT_EQ(a.at("/items/0/tags"), R"(["shop"])") << "fields that are not given stay";
  EXPECT_EQ(a.at("/items/0/version"), "2");
}

TEST_F(Bulk, TellsEachBadLineByItsNumberAndMakesTheOthers) {
  const auto reply =
      bulk("\r\n" + line("http://a.example/") + "nonsense\r\n" +
           "{\"url\":\"http://b.example/\"}\r\n" + R"({"tags":["x"]})" + "\n" +
           line("http://c.example/", R"(,"color":"red")") + std::string(70'000, ' ') + "x\n" +
           line("http://d.example/", R"(,"request":{"headers":{"Cookie":"x"}})") +
           R"({"url":"http://e.example/"})");
  EXPECT_EQ(counts(reply), "3 0 0 5 of 8") << reply.text;
  const auto all = events(reply);
  ASSERT_EQ(all.size(), 6U) << reply.text;
  EXPECT_THAT(all[0], ::testing::StartsWith(R"({"line":3,"code":"bad_json",)"));
  EXPECT_EQ(all[1], R"({"line":5,"code":"bad_input","detail":"url: an asset needs one"})");
  EXPECT_EQ(all[2], R"({"line":6,"code":"bad_input","detail":"color: unknown field"})");
  EXPECT_THAT(all[3], ::testing::StartsWith(R"({"line":7,"code":"too_large",)"));
  EXPECT_THAT(all[4], ::testing::StartsWith(R"({"line":8,"code":"bad_input",)"));
  for (const auto* url : {"http://a.example/", "http://b.example/", "http://e.example/"}) {
    EXPECT_EQ(find(url).at("/items/0/url"), url);
  }
}

TEST_F(Bulk, ListsAThousandErrorsAndCountsAll) {
  std::string lines;
  for (int i = 0; i < 1'500; ++i) lines += "nonsense\n";
  const auto reply = bulk(lines + line("http://a.example/"));
  EXPECT_EQ(counts(reply), "1 0 0 1500 of 1501");
  EXPECT_THAT(events(reply).size(), ::testing::AllOf(::testing::Ge(1'001U), ::testing::Lt(1'500U)));
}

TEST_F(Bulk, TheLastOfTwoLinesWithOneUrlWins) {
  const auto reply = bulk(line("http://a.example/", R"(,"interval_s":60)") +
                          line("http://A.example", R"(,"interval_s":90)"));
  EXPECT_EQ(counts(reply), "1 1 0 0 of 2") << reply.text;
  EXPECT_EQ(find("http://a.example/").at("/items/0/interval_s"), "90");
}

TEST_F(Bulk, IgnoresWhatIsWebmons) {
  const auto id = add("http://a.example/");
  const auto asset = get("/api/v1/assets/" + id).text;
  EXPECT_EQ(counts(bulk(asset)), "0 0 1 0 of 1");
}

TEST_F(Bulk, WaitsForASnapshotThatHoldsAll) {
  const auto later = result(bulk(line("http://a.example/")));
  EXPECT_EQ(later.at("durable"), false);
  EXPECT_EQ(later.at("complete"), true);
  const auto waited = result(bulk(line("http://b.example/"), "?wait=snapshot"));
  EXPECT_EQ(waited.at("durable"), true);
  redis.kill();
  redis.start();
  ASSERT_TRUE(webmon::testing::wait_until([&] { return find("http://b.example/").status == 200; }));
  EXPECT_EQ(find("http://b.example/").at("/items/0/url"), "http://b.example/");
}

TEST_F(Bulk, WantsNdjson) {
  EXPECT_EQ(post("/api/v1/assets:bulk", line("http://a.example/")).code(),
            "unsupported_media_type");
  EXPECT_EQ(bulk("", "?colour=red").code(), "bad_query");
  EXPECT_EQ(counts(bulk("\n")), "0 0 0 0 of 0");
}

TEST_F(Bulk, ManyLinesAreOneCallAndTheJournalDoesNotOverflow) {
  constexpr int kLines = 6'000;
  stop();
  config.journal.commands = 2'000;
  start();
  std::string lines;
  for (int i = 0; i < kLines; ++i) {
    lines += line("http://h" + std::to_string(i % 300) + ".example/" + std::to_string(i));
  }
  const auto before = control->now.load();
  EXPECT_EQ(counts(bulk(lines)), "6000 0 0 0 of 6000");
  EXPECT_GE(control->now - before, 3) << "snapshots must be taken on the way";
  EXPECT_EQ(get("/api/v1/fleet").at("/assets/total"), "6000");
  redis.kill();  // what no snapshot holds is in the journal
  redis.start();
  ASSERT_TRUE(webmon::testing::wait_until([&] { return get("/api/v1/fleet").status == 200; }));
  EXPECT_EQ(get("/api/v1/fleet").at("/assets/total"), "6000");
}

TEST_F(Bulk, WhatAClientSentBeforeItWentAwayIsKept) {
  const auto lines = line("http://a.example/") + line("http://b.example/") + R"({"url":"http://c.)";
  const int fd = connect_raw();
  const auto bytes =
      "POST /api/v1/assets:bulk HTTP/1.1\r\nHost: localhost\r\n"
      "Content-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n" +
      lines;
  ASSERT_EQ(send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  close(fd);
  EXPECT_TRUE(
      webmon::testing::wait_until([&] { return get("/api/v1/fleet").at("/assets/total") == "2"; }));
}

TEST_F(Bulk, ARedisThatIsAwayEndsItWithTheReason) {
  redis.kill();
  const auto reply = bulk(line("http://a.example/"));
  ASSERT_EQ(reply.status, 200);
  const auto r = result(reply);
  EXPECT_EQ(r.at("complete"), false) << reply.text;
  EXPECT_EQ(r.at("code"), "store_down");
  EXPECT_EQ(counts(reply), "0 0 0 0 of 0");
}

}  // namespace
}  // namespace webmon::api

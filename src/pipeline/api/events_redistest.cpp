// GET events over a real connection: what a client of server-sent events sees. HTTP/1.0, so that
// the body comes as it is.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "lib/store/events.hpp"
#include "pipeline/api/api_fixture.hpp"
#include "pipeline/api/event_feed.hpp"

namespace webmon::api {
namespace {

class Stream {
 public:
  Stream(int fd, const std::string& target, const std::string& headers) : fd_{fd} {
    const auto request = "GET " + target + " HTTP/1.0\r\nHost: localhost\r\n" + headers + "\r\n";
    EXPECT_EQ(send(fd_, request.data(), request.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
  }
  ~Stream() { close(fd_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const std::string& text() const { return text_; }
  std::string body() const {
    const auto end = text_.find("\r\n\r\n");
    return end == text_.npos ? std::string{} : text_.substr(end + 4);
  }
  bool has_ended() const { return has_ended_; }
  /// Reads until `wanted` has come `times` times, or the limit is over.
  bool until(const std::string& wanted, int times = 1) {
    return webmon::testing::wait_until([&] {
      read_some();
      int found = 0;
      for (auto at = text_.find(wanted); at != text_.npos; at = text_.find(wanted, at + 1)) ++found;
      return found >= times;
    });
  }
  bool until_end() {
    return webmon::testing::wait_until([&] {
      read_some();
      return has_ended_;
    });
  }
  std::string last_id() const {
    const auto at = text_.rfind("id: ");
    return text_.substr(at + 4, text_.find('\n', at) - at - 4);
  }

 private:
  void read_some() {
    pollfd waiting{fd_, POLLIN, 0};
    if (has_ended_ || poll(&waiting, 1, 50) <= 0) return;
    std::array<char, 65'536> part;
    const auto size = recv(fd_, part.data(), part.size(), 0);
    if (size > 0) text_.append(part.data(), static_cast<std::size_t>(size));
    has_ended_ = size <= 0;
  }
  int fd_;
  std::string text_;
  bool has_ended_ = false;
};

class Events : public ApiTest {
 protected:
  std::unique_ptr<Stream> open(const std::string& query = {}, const std::string& headers = {}) {
    auto stream = std::make_unique<Stream>(connect_raw(), "/api/v1/events" + query, headers);
    EXPECT_TRUE(stream->until("retry: ")) << stream->text();
    return stream;
  }
  /// What the dispatcher would publish of a check.
  std::string publish(const std::string& asset, const std::string& states,
                      const std::string& run = "-") {
    const auto job = make_id<JobId>(store_time_ms(1), rng, parse_id<AssetId>(asset)->partition());
    const auto entry = asset + ' ' + job.text() + ' ' + run + ' ' + states + " 1764042000123";
    return redis.command({"XADD", keys.events(), "*", "e", entry});
  }
  void keep(const Stream& stream) {
    HttpReply reply;
    reply.status = 200;
    reply.headers["content-type"] = "text/event-stream";
    reply.text = stream.body();
    keep_for_contract("GET", "/api/v1/events", reply);
  }
};

TEST_F(Events, ResultsComeAsTheyArePublished) {
  const auto id = add("http://a.example/", R"(,"tags":["shop"])");
  const auto stream = open();
  EXPECT_NE(stream->text().find("200 OK"), std::string::npos);
  EXPECT_NE(stream->text().find("text/event-stream"), std::string::npos);
  publish(id, "up unknown");
  publish(id, "up up");
  ASSERT_TRUE(stream->until("event: result"));
  ASSERT_TRUE(stream->until("event: state"));
  EXPECT_NE(stream->text().find("\"url\":\"http://a.example/\""), std::string::npos);
  EXPECT_LT(stream->text().find("event: state"), stream->text().find("event: result"));
  EXPECT_EQ(redis.command({"EXISTS", keys.listening()}), "1") << "executors are told to tell all";
  keep(*stream);
}

TEST_F(Events, FiltersLeaveOutWhatNobodyAskedFor) {
  const auto shop = add("http://a.example/", R"(,"tags":["shop"])");
  const auto other = add("http://b.example/");
  const auto by_tag = open("?tag=shop");
  const auto by_asset = open("?asset=" + other);
  const auto changes = open("?types=state");
  publish(shop, "up up");
  publish(other, "up up");
  publish(shop, "down up");
  ASSERT_TRUE(by_tag->until(shop, 2));
  ASSERT_TRUE(by_asset->until(other));
  ASSERT_TRUE(changes->until("\"previous\":\"up\""));
  EXPECT_EQ(by_tag->text().find(other), std::string::npos);
  EXPECT_EQ(by_asset->text().find(shop), std::string::npos);
  EXPECT_EQ(changes->text().find("event: result"), std::string::npos);
}

TEST_F(Events, AClientThatWasAwayGetsWhatItMissedOnce) {
  const auto id = add("http://a.example/");
  std::string last;
  {
    const auto stream = open();
    publish(id, "up unknown");
    ASSERT_TRUE(stream->until("event: state"));
    last = stream->last_id();
  }
  for (int i = 0; i < 1'200; ++i) publish(id, i % 2 == 0 ? "down up" : "up down");
  const auto again = open({}, "Last-Event-ID: " + last + "\r\n");
  ASSERT_TRUE(again->until("event: state", 1'200));
  publish(id, "up up");
  ASSERT_TRUE(again->until("event: result"));
  EXPECT_EQ(again->text().find("event: lost"), std::string::npos);
  EXPECT_EQ(again->text().find("\"previous\":\"unknown\""), std::string::npos) << "it had that one";
}

TEST_F(Events, AClientWithoutAnyEventCanResumeToo) {
  const auto id = add("http://a.example/");
  std::string last;
  {
    const auto stream = open();
    ASSERT_TRUE(stream->until("id: "));
    last = stream->last_id();
  }
  publish(id, "up unknown");
  const auto again = open({}, "Last-Event-ID: " + last + "\r\n");
  EXPECT_TRUE(again->until("event: state"));
}

TEST_F(Events, WhatIsMissingIsSaid) {
  const auto id = add("http://a.example/");
  const auto first = publish(id, "up unknown");
  publish(id, "up up");
  publish(id, "up up");
  redis.command({"XTRIM", keys.events(), "MAXLEN", "1"});
  const auto dropped = open({}, "Last-Event-ID: " + first + "\r\n");
  ASSERT_TRUE(dropped->until("event: result"));
  EXPECT_NE(dropped->text().find("event: lost\ndata: {\"reason\":\"dropped\"}"), std::string::npos);
  const auto future = open({}, "Last-Event-ID: 99999999999999-0\r\n");
  EXPECT_TRUE(future->until("{\"reason\":\"restarted\"}"));
  publish(id, "up up");
  EXPECT_TRUE(future->until("event: result"));
  keep(*dropped);
}

TEST_F(Events, ARunIsToldUntilItsEnd) {
  const auto id = add("http://a.example/");
  const auto run = post("/api/v1/runs", R"({"all":true})");
  const auto stream = open("?types=run&run=" + run.at("/id"));
  ASSERT_TRUE(stream->until("event: run")) << stream->text();
  EXPECT_NE(stream->text().find("\"has_ended\":false"), std::string::npos);
  ASSERT_EQ(post("/api/v1/runs/" + run.at("/id") + "/cancel", {}).status, 200);
  ASSERT_TRUE(stream->until("\"has_ended\":true"));
  keep(*stream);
}

TEST_F(Events, WrongQuestionsAreRefused) {
  EXPECT_EQ(get("/api/v1/events?types=all").code(), "bad_query");
  EXPECT_EQ(get("/api/v1/events?run=1").code(), "bad_query");
  EXPECT_EQ(get("/api/v1/events?since=1").code(), "bad_query");
  EXPECT_EQ(call("GET", "/api/v1/events", {}, {"Last-Event-ID: x"}).code(), "bad_query");
  const auto head = call("HEAD", "/api/v1/events");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-type"), "text/event-stream");
}

TEST_F(Events, TheNumberOfListenersIsBounded) {
  std::vector<std::unique_ptr<Stream>> streams;
  for (std::size_t i = 0; i < EventFeed::kMostListeners; ++i) streams.push_back(open());
  ASSERT_TRUE(streams.back()->until("retry"));
  ASSERT_TRUE(webmon::testing::wait_until(
      [&] { return get("/api/v1/events").code() == "too_many_listeners"; }));
}

TEST_F(Events, AClientThatDoesNotReadIsCutOffAndToldSo) {
  const auto id = add("http://a.example/" + std::string(1'900, 'x'));
  const auto slow = open();
  // More than the buffers of both sockets hold (a few MB), and then the listener's queue.
  for (int i = 0; i < 40; ++i) {
    store::Batch batch;
    const auto job = make_id<JobId>(store_time_ms(1), rng, parse_id<AssetId>(id)->partition());
    const auto entry = id + ' ' + job.text() + " - up up 1764042000123";
    for (int j = 0; j < 250; ++j) batch.add({"XADD", keys.events(), "*", "e", entry});
    redis_batch(std::move(batch));
  }
  ASSERT_TRUE(slow->until("{\"reason\":\"slow\"}")) << slow->text().size();
  EXPECT_TRUE(slow->until_end());
  const auto again = open({}, "Last-Event-ID: " + slow->last_id() + "\r\n");
  EXPECT_TRUE(again->until("event: result"));
}

TEST_F(Events, StoppingEndsTheStreams) {
  const auto stream = open();
  server->stop();
  EXPECT_TRUE(stream->until_end());
  thread.join();
  server.reset();
}

}  // namespace
}  // namespace webmon::api

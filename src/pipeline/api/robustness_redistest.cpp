#include <sys/socket.h>
#include <unistd.h>

#include "pipeline/api/api_fixture.hpp"

namespace webmon::api {
namespace {

using Robustness = ApiTest;

std::string request(const std::string& line, const std::string& fields = {},
                    const std::string& body = {}) {
  return line + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + body;
}

TEST_F(Robustness, RedisKilledIsA503WithRetryAfterAndRecoveryNeedsNobody) {
  const auto id = add("http://a.example/");
  ASSERT_EQ(post("/api/v1/snapshots", {}).status, 201);
  redis.kill();
  const auto away = get("/api/v1/assets/" + id);
  EXPECT_EQ(away.status, 503) << away.text;
  EXPECT_EQ(away.code(), "store_down");
  EXPECT_TRUE(away.headers.contains("retry-after"));
  EXPECT_EQ(post("/api/v1/assets", R"({"url":"http://b.example/"})").status, 503);
  redis.start();
  EXPECT_TRUE(webmon::testing::wait_until([&] { return get("/api/v1/assets/" + id).status == 200; },
                                          seconds{30}));
  EXPECT_EQ(post("/api/v1/assets", R"({"url":"http://b.example/"})").status, 201);
}

TEST_F(Robustness, ARedisThatDoesNotAnswerIsATimeout) {
  stop();
  config.redis.call_timeout = milliseconds{300};
  start();
  redis.freeze();
  const auto away = get("/api/v1/assets");
  EXPECT_EQ(away.status, 503) << away.text;
  redis.thaw();
  EXPECT_TRUE(webmon::testing::wait_until([&] { return get("/api/v1/assets").status == 200; },
                                          seconds{30}));
}

TEST_F(Robustness, ARedisWithoutMemoryRefusesWritesAndStillReads) {
  const auto id = add("http://a.example/");
  redis.command({"CONFIG", "SET", "maxmemory", "1"});
  const auto refused = post("/api/v1/assets", R"({"url":"http://b.example/"})");
  EXPECT_EQ(refused.status, 503) << refused.text;
  EXPECT_EQ(refused.code(), "store_refused");
  EXPECT_EQ(get("/api/v1/assets/" + id).status, 200);
  redis.command({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(post("/api/v1/assets", R"({"url":"http://b.example/"})").status, 201);
}

TEST_F(Robustness, AForeignSchemaIsRefusedWithItsOwnCode) {
  redis.command({"HSET", keys.meta(), "schema", "999", "min_reader", "999"});
  redis.command({"CLIENT", "KILL", "TYPE", "normal"});
  EXPECT_TRUE(webmon::testing::wait_until([&] { return get("/api/v1/assets").code() == "schema"; }))
      << get("/api/v1/assets").text;
  EXPECT_EQ(get("/api/v1/assets").status, 503);
  redis.command({"HSET", keys.meta(), "schema", "1", "min_reader", "1"});
  EXPECT_TRUE(webmon::testing::wait_until([&] { return get("/api/v1/assets").status == 200; }));
}

TEST_F(Robustness, AForeignSchemaAtTheStartEndsIt) {
  stop();
  redis.command({"HSET", keys.meta(), "schema", "999", "min_reader", "998"});
  Api other{config};
  ASSERT_TRUE(other.start());
  const auto served = other.run();
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().code, Errc::schema);
  EXPECT_EQ(served.error().detail,
            "Redis holds schema 999 (readable by builds of schema 998 and later), this build reads "
            "schema 1: upgrade this program, or point it at another Redis");
}

TEST_F(Robustness, ATakenPortIsToldWithItsHolder) {
  auto second = config;
  second.listen = "127.0.0.1:" + std::to_string(server->port());
  Api other{second};
  const auto started = other.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::conflict);
  EXPECT_NE(started.error().detail.find(std::to_string(server->port())), std::string::npos);
  EXPECT_NE(started.error().detail.find("(pid " + std::to_string(getpid()) + ")"),
            std::string::npos)
      << started.error().detail;
}

TEST_F(Robustness, ListeningOffLoopbackIsRefused) {
  auto wide = config;
  wide.listen = "0.0.0.0:0";
  Api other{wide};
  const auto started = other.start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Errc::forbidden);
}

TEST_F(Robustness, GarbageIsRefusedAndTheConnectionClosed) {
  struct Case {
    const char* name;
    std::string bytes;
    const char* status;
  };
  const std::string after = "GET /api/v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const Case cases[] = {
      {"length and coding",
       request("POST /api/v1/runs", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
               "0\r\n\r\n" + after),
       "400"},
      {"bare LF", "GET / HTTP/1.1\nHost: localhost\n\n" + after, "400"},
      {"binary", std::string("\x16\x03\x01\x02\x00\x01\xff\xff\r\n\r\n", 12), "400"},
      {"huge header", request("GET /", "A: " + std::string(20'000, 'x') + "\r\n"), "431"},
      {"many lines",
       request("GET /",
               [] {
                 std::string lines;
                 for (int i = 0; i < 200; ++i) lines += "A: b\r\n";
                 return lines;
               }()),
       "431"},
      {"long target", request("GET /" + std::string(9'000, 'x')), "414"},
      {"bad chunk",
       request("POST /api/v1/runs",
               "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n",
               "zz\r\n{}\r\n0\r\n\r\n"),
       "400"},
      {"other version", "GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", "505"},
      {"other coding", request("POST /", "Transfer-Encoding: gzip\r\n"), "501"},
      {"over-long body", request("POST /api/v1/assets", "Content-Length: 2000000\r\n"), "413"},
      {"other expectation", request("POST /", "Expect: tea\r\nContent-Length: 2\r\n"), "417"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    bool is_closed = false;
    const auto answer = raw(c.bytes, &is_closed);
    EXPECT_EQ(answer.substr(0, 12), std::string{"HTTP/1.1 "} + c.status) << answer;
    EXPECT_NE(answer.find("\"code\":"), std::string::npos);
    EXPECT_EQ(answer.find("HTTP/1.1 200"), std::string::npos) << "what was smuggled was answered";
    EXPECT_TRUE(is_closed);
  }
  EXPECT_EQ(get("/api/v1/fleet").status, 200);
}

TEST_F(Robustness, AnOverLongChunkedBodyIsRefused) {
  std::string body;
  for (int i = 0; i < 20; ++i) body += "10000\r\n" + std::string(65'536, 'x') + "\r\n";
  const auto answer = raw(request("POST /api/v1/assets", "Transfer-Encoding: chunked\r\n", body));
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 413") << answer;
}

TEST_F(Robustness, ASlowHeaderAndASlowBodyTimeOut) {
  stop();
  config.limits.header_timeout = milliseconds{200};
  config.limits.body_timeout = milliseconds{200};
  start();
  bool is_closed = false;
  EXPECT_EQ(raw("GET / HTTP/1.1\r\nHo", &is_closed).substr(0, 12), "HTTP/1.1 408");
  EXPECT_TRUE(is_closed);
  const auto slow_body =
      raw(request("POST /api/v1/runs", "Content-Length: 10\r\n", "{"), &is_closed);
  EXPECT_EQ(slow_body.substr(0, 12), "HTTP/1.1 408");
  EXPECT_TRUE(is_closed);
}

TEST_F(Robustness, AnIdleConnectionIsClosedWithoutAWord) {
  stop();
  config.limits.idle_timeout = milliseconds{200};
  start();
  bool is_closed = false;
  EXPECT_EQ(raw("", &is_closed), "");
  EXPECT_TRUE(is_closed);
}

TEST_F(Robustness, ConnectionsOverTheBoundAreTurnedAway) {
  stop();
  config.limits.connections = 3;
  start();
  ASSERT_TRUE(webmon::testing::wait_until([&] { return get("/api/v1/fleet").status == 200; }));
  std::vector<int> held;
  std::string answer;
  const bool is_full = webmon::testing::wait_until([&] {
    answer = raw("", nullptr, milliseconds{200});
    if (answer.starts_with("HTTP/1.1 503")) return true;
    held.push_back(connect_raw());
    return false;
  });
  EXPECT_TRUE(is_full);
  EXPECT_NE(answer.find("too_busy"), std::string::npos) << answer;
  for (const int fd : held) close(fd);
  EXPECT_TRUE(webmon::testing::wait_until([&] { return get("/api/v1/fleet").status == 200; }));
}

TEST_F(Robustness, PipelinedRequestsAreAnsweredInOrderOnOneConnection) {
  const auto answer = raw(request("GET /api/v1/plugins") + request("GET /api/v1/nothing") +
                          request("GET /api/v1/fleet", "Connection: close\r\n"));
  const auto first = answer.find("HTTP/1.1 200");
  const auto second = answer.find("HTTP/1.1 404");
  const auto third = answer.rfind("HTTP/1.1 200");
  EXPECT_EQ(first, 0U);
  EXPECT_LT(first, second);
  EXPECT_LT(second, third) << answer;
}

TEST_F(Robustness, HeadHasTheHeadOfGetAndOptionsTellsWhatIsAllowed) {
  const auto head = call("HEAD", "/api/v1/plugins");
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.text.empty());
  EXPECT_EQ(head.headers.at("content-length"), std::to_string(get("/api/v1/plugins").text.size()));
  const auto options = call("OPTIONS", "/api/v1/assets");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.headers.at("allow"), "GET, HEAD, OPTIONS, POST");
  const auto wrong = call("DELETE", "/api/v1/assets");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "GET, HEAD, OPTIONS, POST");
}

TEST_F(Robustness, APageOfAnotherOriginCannotUseIt) {
  EXPECT_EQ(call("GET", "/api/v1/assets", {}, {"Host: evil.example"}).code(), "bad_host");
  EXPECT_EQ(call("GET", "/api/v1/assets", {}, {"Origin: http://evil.example"}).code(),
            "bad_origin");
}

TEST_F(Robustness, ExpectContinueIsHonoured) {
  const std::string body = R"({"url":"http://a.example/"})";
  const auto answer =
      raw(request("POST /api/v1/assets",
                  "Expect: 100-continue\r\nContent-Type: application/json\r\nConnection: close\r\n"
                  "Content-Length: " +
                      std::to_string(body.size()) + "\r\n",
                  body));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201")) << answer;
}

TEST_F(Robustness, StoppingFinishesTheRequestUnderWay) {
  HttpReply reply;
  control->is_silent = true;
  stop();
  config.limits.snapshot_timeout = milliseconds{1'000};
  start();
  std::thread client{
      [&] { reply = post("/api/v1/assets?wait=snapshot", R"({"url":"http://a.example/"})"); }};
  ASSERT_TRUE(webmon::testing::wait_until([&] {
    return redis.command({"KEYS", "wm:*:a:*"}).size() > 10;
  }));
  server->stop();
  thread.join();
  client.join();
  EXPECT_EQ(reply.status, 503) << "the snapshot times out, but the answer arrives";
  EXPECT_EQ(reply.code(), "snapshot_failed");
  server.reset();
}

}  // namespace
}  // namespace webmon::api

// The server's streamed bodies, over real connections and without a route: each test brings its
// own answers.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <thread>

#include "pipeline/api/server.hpp"
#include "tests/support/wait_until.hpp"

namespace webmon::api {
namespace {

using webmon::testing::wait_until;

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_{socket(AF_INET, SOCK_STREAM, 0)} {
    const int small = 4'096;  // so that a client that does not read is noticed soon
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { leave(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void leave() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto size = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  /// Reads until what was heard contains `text`; without one until the connection ends.
  std::string hear(std::string_view text = {}) {
    std::array<char, 4'096> part;
    const auto has_text = [&] { return !text.empty() && heard_.find(text) != heard_.npos; };
    const bool is_enough = has_text() || wait_until([&] {
                             pollfd waiting{fd_, POLLIN, 0};
                             if (poll(&waiting, 1, 0) <= 0) return false;
                             const auto size = recv(fd_, part.data(), part.size(), 0);
                             if (size > 0)
                               heard_.append(part.data(), static_cast<std::size_t>(size));
                             return size <= 0 || has_text();
                           });
    EXPECT_TRUE(is_enough && (text.empty() || has_text())) << heard_;
    return heard_;
  }

 private:
  int fd_;
  std::string heard_;
};

std::string get(std::string_view version = "1.1", std::string_view method = "GET") {
  return std::string{method} + " / HTTP/" + std::string{version} + "\r\nHost: localhost\r\n\r\n";
}
std::string upload(const std::string& fields, std::string_view body = {}) {
  return "POST /stream HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + std::string{body};
}

/// Counts the bytes of the body, then says how it ended.
Awaitable<Response> count_body(std::shared_ptr<BodySource> source) {
  std::size_t bytes = 0;
  auto part = co_await source->next();
  for (; part.kind == BodySource::Kind::bytes; part = co_await source->next()) {
    bytes += part.bytes.size();
  }
  static constexpr std::array kNames = {"bytes", "end", "slow", "large", "broken", "stopping"};
  Response response;
  response.body = std::to_string(bytes) + " " + kNames.at(static_cast<std::size_t>(part.kind));
  co_return response;
}

class Streaming : public ::testing::Test {
 protected:
  void start() {
    Server::ReadsStream streams = [](auto, auto target) { return target == "/stream"; };
    server.emplace(context, limits, system_rng(), counters, answerer, std::move(streams));
    ASSERT_TRUE(server->listen("127.0.0.1:0"));
    thread = std::thread{[this] { context.run(); }};
  }
  void answer(BodyWriter writer) {
    answerer = [writer](Request) -> Awaitable<Response> {
      Response response;
      response.content_type = "text/plain";
      response.stream = writer;
      co_return response;
    };
    start();
  }
  void count_bodies() {
    answerer = [](Request request) { return count_body(request.source); };
    start();
  }
  void stop_server() {
    boost::asio::post(context, [this] { server->stop([this] { context.stop(); }); });
  }
  void TearDown() override {
    if (!thread.joinable()) return;
    stop_server();
    thread.join();
  }

  ApiLimits limits;
  Server::Answerer answerer;
  Counters counters;
  boost::asio::io_context context{1};
  std::optional<Server> server;
  std::thread thread;
  std::atomic<bool> has_ended{false};
};

constexpr std::string_view kFirst = "first\n";
constexpr std::string_view kHalf = "half";
constexpr std::string_view kBye = "bye";
constexpr std::array<std::string_view, 3> kParts = {kFirst, "", "second\n"};

Awaitable<bool> write_two(BodySink& sink) {
  for (const auto part : kParts) {
    if (!co_await sink.write(part)) co_return false;
  }
  co_return true;
}

TEST_F(Streaming, AnAnswerInPartsIsChunkedAndTheConnectionGoesOn) {
  answer(write_two);
  Client client{server->port()};
  client.say(get() + get());
  const std::string body = "6\r\nfirst\n\r\n7\r\nsecond\n\r\n0\r\n\r\n";
  const auto heard = client.hear(body + "HTTP/1.1 200 OK");
  EXPECT_NE(heard.find("Transfer-Encoding: chunked\r\n"), heard.npos) << heard;
  EXPECT_EQ(heard.find("Content-Length"), heard.npos) << heard;
}

TEST_F(Streaming, AnAnswerToHttp10EndsWithTheConnection) {
  answer(write_two);
  Client client{server->port()};
  client.say(get("1.0"));
  const auto heard = client.hear();
  EXPECT_TRUE(heard.ends_with("\r\n\r\nfirst\nsecond\n")) << heard;
  EXPECT_EQ(heard.find("chunked"), heard.npos) << heard;
}

TEST_F(Streaming, HeadHasNoBodyAndTheConnectionGoesOn) {
  answer(write_two);
  Client client{server->port()};
  client.say(get("1.1", "HEAD") + get());
  const auto heard = client.hear("second\n");
  EXPECT_EQ(heard.find("first"), heard.rfind("first")) << heard;
  EXPECT_NE(heard.find("\r\n\r\nHTTP/1.1 200 OK"), heard.npos) << heard;
}

TEST_F(Streaming, AnIncompleteAnswerIsCutSoThatTheClientSeesIt) {
  answer([](BodySink& sink) -> Awaitable<bool> {
    if (!co_await sink.write(kHalf)) co_return true;
    co_return false;
  });
  Client client{server->port()};
  client.say(get() + get());
  EXPECT_TRUE(client.hear().ends_with("4\r\nhalf\r\n"));
}

Awaitable<bool> write_for_ever(std::atomic<bool>* has_ended, BodySink* sink) {
  const std::string part(64 * 1'024, 'x');
  while (co_await sink->write(part)) continue;
  *has_ended = true;
  co_return false;
}

TEST_F(Streaming, AClientThatGoesAwayEndsTheAnswer) {
  answer([this](BodySink& sink) { return write_for_ever(&has_ended, &sink); });
  Client client{server->port()};
  client.say(get());
  client.hear("xxx");
  client.leave();
  EXPECT_TRUE(wait_until([&] { return has_ended.load(); }));
}

TEST_F(Streaming, AClientThatDoesNotReadEndsTheAnswerAfterTheIdleTimeout) {
  limits.idle_timeout = milliseconds{200};
  answer([this](BodySink& sink) { return write_for_ever(&has_ended, &sink); });
  Client client{server->port()};
  client.say(get());
  client.hear("xxx");
  EXPECT_TRUE(wait_until([&] { return has_ended.load(); }));
}

TEST_F(Streaming, StoppingCutsAnAnswerThatDoesNotEndWithinTheDrainTime) {
  limits.drain_timeout = milliseconds{200};
  answer([this](BodySink& sink) { return write_for_ever(&has_ended, &sink); });
  Client client{server->port()};
  client.say(get());
  client.hear("xxx");
  stop_server();
  thread.join();  // would hang for the idle timeout, 60 s, and the test for ever
  EXPECT_FALSE(has_ended.load());
}

Awaitable<bool> write_until_ending(std::atomic<bool>* has_ended, BodySink* sink) {
  const std::string part(1'024, 'x');
  while (!sink->is_ending()) {
    if (!co_await sink->write(part)) co_return false;
  }
  *has_ended = true;
  const bool is_written = co_await sink->write(kBye);
  co_return is_written;
}

TEST_F(Streaming, StoppingLetsAPoliteAnswerEndWell) {
  answer([this](BodySink& sink) { return write_until_ending(&has_ended, &sink); });
  Client client{server->port()};
  client.say(get());
  client.hear("xxx");
  stop_server();
  EXPECT_TRUE(client.hear().ends_with("3\r\nbye\r\n0\r\n\r\n"));
  thread.join();
  EXPECT_TRUE(has_ended.load());
}

TEST_F(Streaming, ALargeBodyArrivesPartByPartAndTheConnectionGoesOn) {
  count_bodies();
  const std::string body(3U << 20U, 'x');
  Client client{server->port()};
  client.say(upload("Content-Length: " + std::to_string(body.size()) + "\r\n", body));
  client.hear("3145728 end");
  client.say(upload("Transfer-Encoding: chunked\r\n"));
  for (int i = 0; i < 32; ++i) client.say("10000\r\n" + std::string(65'536, 'x') + "\r\n");
  client.say("0\r\n\r\n");
  client.hear("2097152 end");
  client.say(upload("Content-Length: 0\r\n"));
  client.hear("\r\n\r\n0 end");
}

TEST_F(Streaming, ASlowPartEndsTheBodyAndTheConnection) {
  limits.body_timeout = milliseconds{200};
  count_bodies();
  Client client{server->port()};
  client.say(upload("Content-Length: 100\r\n", "abc"));
  EXPECT_TRUE(client.hear().ends_with("3 slow"));
}

TEST_F(Streaming, ABodyOverTheBoundIsCutOff) {
  limits.stream_bytes = 1'000;
  count_bodies();
  Client chunked{server->port()};
  chunked.say(upload("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n400\r\n"));
  EXPECT_TRUE(chunked.hear().ends_with("5 large"));
  Client announced{server->port()};
  announced.say(upload("Content-Length: 1001\r\n"));
  EXPECT_TRUE(announced.hear().starts_with("HTTP/1.1 413"));
}

TEST_F(Streaming, BrokenFramingAndABrokenConnectionEndTheBody) {
  std::atomic<int> ends{0};
  answerer = [&ends](Request request) -> Awaitable<Response> {
    auto response = co_await count_body(request.source);
    if (response.body == "5 broken") ++ends;
    co_return response;
  };
  start();
  Client client{server->port()};
  client.say(upload("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\nzz\r\n"));
  EXPECT_TRUE(client.hear().ends_with("5 broken"));
  Client other{server->port()};
  other.say(upload("Content-Length: 100\r\n", "hello"));
  other.leave();
  EXPECT_TRUE(wait_until([&] { return ends == 2; }));
}

TEST_F(Streaming, StoppingEndsABodyUnderWay) {
  std::atomic<bool> has_begun{false};
  answerer = [&has_begun](Request request) -> Awaitable<Response> {
    const auto first = co_await request.source->next();
    has_begun = first.kind == BodySource::Kind::bytes;
    co_return co_await count_body(request.source);
  };
  start();
  Client client{server->port()};
  client.say(upload("Content-Length: 100\r\n", "abc"));
  ASSERT_TRUE(wait_until([&] { return has_begun.load(); }));
  stop_server();
  EXPECT_TRUE(client.hear().ends_with("0 stopping"));
}

TEST_F(Streaming, ContinueIsSentWhenTheBodyIsWantedAndBeforeTheAnswer) {
  count_bodies();
  Client client{server->port()};
  client.say(upload("Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_EQ(client.hear("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.say("hello");
  client.hear("5 end");
}

TEST_F(Streaming, AnAnswerInPartsCanBeginBeforeTheBodyIsRead) {
  answerer = [](Request request) -> Awaitable<Response> {
    Response response;
    const auto source = request.source;
    response.stream = [source](BodySink& sink) -> Awaitable<bool> {
      if (!co_await sink.write(kFirst)) co_return false;
      const auto counted = co_await count_body(source);
      co_return co_await sink.write(counted.body);
    };
    co_return response;
  };
  start();
  Client client{server->port()};
  client.say(upload("Expect: 100-continue\r\nContent-Length: 5\r\n"));
  EXPECT_TRUE(client.hear("first").starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK"));
  client.say("hello");
  client.hear("5 end\r\n0\r\n\r\n");
}

TEST_F(Streaming, ABodyThatNobodyWantsIsNotAskedForAndEndsTheConnection) {
  answerer = [](Request) -> Awaitable<Response> {
    Response response;
    response.status = 415;
    co_return response;
  };
  start();
  Client client{server->port()};
  client.say(upload("Expect: 100-continue\r\nContent-Length: 5\r\n"));
  const auto heard = client.hear();
  EXPECT_TRUE(heard.starts_with("HTTP/1.1 415")) << heard;
  EXPECT_NE(heard.find("Connection: close"), heard.npos) << heard;
}

}  // namespace
}  // namespace webmon::api

#include "lib/metrics/listener.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>

#include "tests/support/manual_clock.hpp"

namespace webmon::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string scrape() { return "webmon_x 1\n"; }

TEST(MetricsAnswer, IsTheMetricsForGetWithoutTheBodyForHead) {
  const auto got = answer_to("GET /metrics?x=1 HTTP/1.1\r\nHost: x", scrape);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(got, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(got, HasSubstr("Content-Length: 11\r\n"));
  EXPECT_THAT(got, HasSubstr("\r\n\r\nwebmon_x 1\n"));
  EXPECT_TRUE(answer_to("HEAD /metrics HTTP/1.0", scrape).ends_with("\r\n\r\n"));
}

TEST(MetricsAnswer, RefusesEverythingElseWithoutAScrape) {
  struct Case {
    const char* head;
    const char* status;
  };
  const Case cases[] = {{"GET / HTTP/1.1", "404"},         {"GET /metricsx HTTP/1.1", "404"},
                        {"POST /metrics HTTP/1.1", "405"}, {"GET /metrics", "400"},
                        {"GET  HTTP/1.1", "404"},          {"", "400"},
                        {"GET /metrics HTTP/2", "400"},    {"\x16\x03\x01", "400"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.head);
    const auto never = []() -> std::string {
      ADD_FAILURE() << "scraped";
      return {};
    };
    EXPECT_EQ(answer_to(c.head, never).substr(9, 3), c.status);
  }
}

class Client {
 public:
  explicit Client(std::uint16_t port) : fd_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool is_connected() const { return is_connected_; }
  void say(std::string_view bytes) const { send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  /// Reads what is there now. True: the other side has closed.
  bool is_over() {
    std::array<char, 4'096> bytes;
    for (;;) {
      const auto size = recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (size < 0) return errno == ECONNRESET;
      if (size == 0) return true;
      text_.append(bytes.data(), static_cast<std::size_t>(size));
    }
  }
  const std::string& text() const { return text_; }

 private:
  int fd_;
  bool is_connected_ = false;
  std::string text_;
};

class MetricsListener : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Listener::open(loop, {"127.0.0.1", 0}, [this] {
      ++scrapes;
      return text;
    });
    ASSERT_TRUE(opened) << opened.error().detail;
    listener = std::move(*opened);
  }
  /// Turns the loop until nothing more happens.
  void settle() {
    while (loop.turn(milliseconds{1})) {
    }
  }
  bool is_over_soon(Client& client) {
    for (int i = 0; i < 1'000; ++i) {
      loop.turn(milliseconds{5});
      if (client.is_over()) return true;
    }
    return false;
  }

  webmon::testing::ManualClock clock;
  Loop loop{clock};
  std::string text = scrape();
  int scrapes = 0;
  std::unique_ptr<Listener> listener;
};

TEST_F(MetricsListener, AnswersARequestThatComesInPieces) {
  Client client{listener->port()};
  ASSERT_TRUE(client.is_connected());
  client.say("GET /met");
  settle();
  client.say("rics HTTP/1.1\r\nHost: localhost\r\n");
  settle();
  EXPECT_EQ(scrapes, 0);
  client.say("\r\n");
  ASSERT_TRUE(is_over_soon(client));
  EXPECT_TRUE(client.text().ends_with("\r\n\r\nwebmon_x 1\n")) << client.text();
  EXPECT_EQ(scrapes, 1);
}

TEST_F(MetricsListener, SendsMoreThanASocketTakesAtOnce) {
  text.assign(20U << 20U, 'x');
  Client client{listener->port()};
  client.say("GET /metrics HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(is_over_soon(client));
  EXPECT_GT(client.text().size(), text.size());
}

TEST_F(MetricsListener, ClosesWhoDoesNotAskInTime) {
  Client slow{listener->port()};
  slow.say("GET /metrics HTT");
  settle();
  EXPECT_FALSE(slow.is_over());
  clock.advance(Listener::kPatience);
  EXPECT_TRUE(is_over_soon(slow));
  EXPECT_EQ(slow.text(), "");
}

TEST_F(MetricsListener, ClosesTheOldestSoThatIdleClientsKeepNobodyOut) {
  std::deque<Client> idle;
  for (std::size_t i = 0; i < 3 * Listener::kMostConnections; ++i) {
    idle.emplace_back(listener->port());
    ASSERT_TRUE(idle.back().is_connected());
    settle();
  }
  EXPECT_TRUE(is_over_soon(idle.front()));
  EXPECT_FALSE(idle.back().is_over());
  Client client{listener->port()};
  client.say("GET /metrics HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(is_over_soon(client));
  EXPECT_THAT(client.text(), HasSubstr("webmon_x 1"));
}

TEST_F(MetricsListener, RefusesAHeadThatDoesNotEnd) {
  Client client{listener->port()};
  client.say(std::string(Listener::kMostHeadBytes + 1, 'a'));
  ASSERT_TRUE(is_over_soon(client));
  EXPECT_THAT(client.text(), StartsWith("HTTP/1.1 431 "));
}

TEST_F(MetricsListener, SaysThatAPortIsTakenAndThatAnAddressIsNone) {
  const auto taken = Listener::open(loop, {"127.0.0.1", listener->port()}, scrape);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::conflict);
  EXPECT_THAT(taken.error().detail, HasSubstr(std::to_string(listener->port())));
  for (const auto* host : {"localhost.invalid", "192.0.2.1", ""}) {
    const auto none = Listener::open(loop, {host, 0}, scrape);
    ASSERT_FALSE(none) << host;
    EXPECT_EQ(none.error().code, Errc::bad_config);
  }
}

}  // namespace
}  // namespace webmon::metrics

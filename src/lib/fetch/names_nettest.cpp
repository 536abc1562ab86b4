// Names and addresses: a name server of our own, addresses that do not answer, this machine's own
// limits.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>

#include "lib/fetch/dns_stub_nettest.hpp"
#include "lib/fetch/fetch_fixture.hpp"
#include "tests/support/nginx_server.hpp"

namespace webmon::fetch {
namespace {

void hello(int fd) {
  read_request(fd);
  send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

FetcherConfig asking(const DnsStub& stub) {
  FetcherConfig config = loopback_config();
  config.dns_servers = stub.address();
  return config;
}

std::string url_of(const std::string& host, const RawServer& server) {
  return "http://" + host + ":" + std::to_string(server.port()) + "/";
}

TEST(Names, AreResolvedAndRememberedForTheirTtl) {
  const RawServer server{hello};
  const DnsStub stub{[](const std::string&) { return StubAnswer{.v4 = {"127.0.0.1"}, .v6 = {}}; }};
  FetchRig rig{asking(stub)};
  for (int i = 0; i < 3; ++i) {
    const Page page = rig.get(url_of("shop.test", server));
    EXPECT_EQ(page.body, "hello") << page.detail;
    EXPECT_EQ(page.hops[0].phases.resolve.has_value(), i == 0);
  }
  EXPECT_EQ(stub.questions(), 1);
}

TEST(Names, ConcurrentFetchesShareOneQuestion) {
  const RawServer server{hello};
  const DnsStub stub{[](const std::string&) { return StubAnswer{.v4 = {"127.0.0.1"}, .v6 = {}}; }};
  FetchRig rig{asking(stub)};
  int ok = 0;
  for (int i = 0; i < 20; ++i) {
    FetchRequest request;
    request.url = *parse_url(url_of("shop.test", server));
    rig.fetcher.start(request, [&](Page&& page) { ok += page.outcome == Outcome::ok ? 1 : 0; });
  }
  rig.run_until([&] { return rig.fetcher.in_flight() == 0; });
  EXPECT_EQ(ok, 20);
  EXPECT_EQ(stub.questions(), 1);
}

TEST(Names, ThatDoNotExistAreADnsOutcomeAndBrieflyRemembered) {
  const DnsStub stub{[](const std::string&) { return StubAnswer{.v4 = {}, .v6 = {}, .rcode = 3}; }};
  FetchRig rig{asking(stub)};
  const Page first = rig.get("http://nowhere.test./");
  EXPECT_EQ(first.outcome, Outcome::dns);
  EXPECT_FALSE(first.detail.empty());
  const int asked = stub.questions();
  EXPECT_EQ(rig.get("http://nowhere.test./").outcome, Outcome::dns);
  EXPECT_EQ(stub.questions(), asked);
}

TEST(Names, WithoutAddressesAreADnsOutcome) {
  const DnsStub stub{[](const std::string&) { return StubAnswer{}; }};
  FetchRig rig{asking(stub)};
  EXPECT_EQ(rig.get("http://empty.test/").outcome, Outcome::dns);
}

TEST(Names, AreNotWaitedForLongerThanTheBound) {
  const DnsStub stub{
      [](const std::string&) { return StubAnswer{.v4 = {}, .v6 = {}, .is_silent = true}; }};
  FetchRig rig{asking(stub)};
  FetchRequest request;
  request.url = *parse_url("http://silent.test/");
  request.limits = FetchLimits{};
  request.limits->resolve = milliseconds{200};
  const Page page = rig.run(request);
  EXPECT_NE(page.outcome, Outcome::ok);
  EXPECT_GE(page.total, milliseconds{200});
  EXPECT_LT(page.total, milliseconds{1'500});
}

TEST(Names, ThatChangeToAPrivateAddressAreRefused) {
  const RawServer server{hello};
  std::atomic<bool> is_rebound{false};
  const DnsStub stub{[&](const std::string&) {
    return StubAnswer{.v4 = {is_rebound ? "10.1.2.3" : "127.0.0.1"}, .v6 = {}, .ttl = 0};
  }};
  FetchRig rig{asking(stub)};
  EXPECT_EQ(rig.get(url_of("rebind.test", server)).outcome, Outcome::ok);
  is_rebound = true;
  Page page;
  rig.run_until([&] {  // the answer is kept for a second
    page = rig.get(url_of("rebind.test", server));
    return page.outcome != Outcome::ok;
  });
  EXPECT_EQ(page.outcome, Outcome::blocked_by_policy);
  EXPECT_EQ(page.detail.find("10.1.2.3"), std::string::npos);
}

TEST(Names, WithOneAllowedAddressAmongRefusedOnesUseOnlyThat) {
  const RawServer server{hello};
  const DnsStub stub{[](const std::string&) {
    return StubAnswer{.v4 = {"10.0.0.1", "127.0.0.1", "192.168.0.1"}, .v6 = {"fd00::1"}};
  }};
  FetchRig rig{asking(stub)};
  const Page page = rig.get(url_of("mixed.test", server));
  EXPECT_EQ(page.outcome, Outcome::ok) << page.detail;
  EXPECT_EQ(page.hops[0].remote_ip, "127.0.0.1");
}

/// A listener on 127.0.0.2 whose queue is full: connections to it hang.
class Blackhole {
 public:
  explicit Blackhole(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    inet_pton(AF_INET, "127.0.0.2", &address.sin_addr);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    is_ready_ = bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                listen(listener_, 0) == 0;
    for (int& filler : fillers_) {
      filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      static_cast<void>(connect(filler, reinterpret_cast<sockaddr*>(&address), sizeof address));
    }
  }
  ~Blackhole() {
    for (const int filler : fillers_) close(filler);
    close(listener_);
  }
  Blackhole(const Blackhole&) = delete;
  Blackhole& operator=(const Blackhole&) = delete;
  bool is_ready() const noexcept { return is_ready_; }

 private:
  int listener_ = -1;
  int fillers_[8] = {};
  bool is_ready_ = false;
};

TEST(Addresses, ThatDoNotAnswerAreOvertakenAfterTheStagger) {
  const RawServer server{hello};
  const Blackhole hole{server.port()};
  ASSERT_TRUE(hole.is_ready());
  const DnsStub stub{[](const std::string&) {
    return StubAnswer{.v4 = {"127.0.0.2", "127.0.0.1"}, .v6 = {}};
  }};
  FetchRig rig{asking(stub)};
  const Page page = rig.get(url_of("two.test", server));
  EXPECT_EQ(page.outcome, Outcome::ok) << page.detail;
  EXPECT_EQ(page.hops[0].remote_ip, "127.0.0.1");
  EXPECT_GE(page.total, milliseconds{250});
  EXPECT_LT(page.total, milliseconds{2'000});
  EXPECT_EQ(page.warnings, std::vector<std::string>{"address_failed"});
  EXPECT_EQ(rig.fetcher.in_flight(), 0U);
}

TEST(Addresses, ThatNeverAnswerEndInATimeoutOfThePhaseConnect) {
  const RawServer server{hello};
  const Blackhole hole{server.port()};
  ASSERT_TRUE(hole.is_ready());
  FetchRig rig{loopback_config()};
  FetchRequest request;
  request.url = *parse_url("http://127.0.0.2:" + std::to_string(server.port()) + "/");
  request.limits = FetchLimits{};
  request.limits->connect = milliseconds{300};
  const Page page = rig.run(request);
  EXPECT_EQ(page.outcome, Outcome::timeout);
  EXPECT_EQ(page.detail, "timeout in phase connect");
}

TEST(Addresses, AreAllTriedBeforeThePageIsDown) {
  const auto port = std::to_string(testing::free_port());
  const DnsStub stub{[](const std::string&) {
    return StubAnswer{.v4 = {"127.0.0.1", "127.0.0.2"}, .v6 = {"::1"}};
  }};
  FetchRig rig{asking(stub)};
  const Page page = rig.get("http://three.test:" + port + "/");
  EXPECT_EQ(page.outcome, Outcome::connect);
  EXPECT_LT(page.total, milliseconds{1'000});
}

TEST(OwnTrouble, NoDescriptorLeftIsInconclusive) {
  const RawServer server{hello};
  FetchRig rig{loopback_config()};
  ASSERT_EQ(rig.get(server.url()).outcome, Outcome::ok);
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  const int next = dup(0);  // the lowest free number
  ASSERT_GE(next, 0);
  close(next);
  const rlimit tight{static_cast<rlim_t>(next), before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &tight);
  const Page page = rig.get(server.url());
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(page.outcome, Outcome::inconclusive) << page.detail;
  EXPECT_EQ(rig.get(server.url()).outcome, Outcome::ok);
}

TEST(KeepAlive, ReusesTheConnectionAndKeepsTheTlsFacts) {
  const testing::NginxServer server;
  server.write("index.html", "hello");
  FetcherConfig config = loopback_config();
  config.keep_alive = true;
  config.ca_file = server.ca_file();
  FetchRig rig{config};
  for (const auto& url : {server.http_url("/index.html"), server.https_url("/index.html")}) {
    SCOPED_TRACE(url);
    const Page first = rig.get(url);
    EXPECT_TRUE(first.hops[0].phases.connect);
    const Page second = rig.get(url);
    EXPECT_EQ(second.body, "hello");
    EXPECT_FALSE(second.hops[0].phases.connect);
    EXPECT_FALSE(second.hops[0].phases.tls);
    EXPECT_EQ(second.hops[0].remote_ip, "127.0.0.1");
    EXPECT_EQ(second.tls != nullptr, second.url.is_https);
    EXPECT_TRUE(!second.tls || second.tls->is_verified);
  }
}

}  // namespace
}  // namespace webmon::fetch

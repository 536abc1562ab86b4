#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>

#include "lib/fetch/fetch_fixture.hpp"
#include "lib/fetch/fetcher.hpp"
#include "tests/support/nginx_server.hpp"

namespace webmon::fetch {
namespace {

using testing::CertKind;
using testing::NginxOptions;
using testing::NginxServer;

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all{"/proc/self/fd"};
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// One nginx for all tests of this file: starting it costs more than a test.
class Fetching : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    NginxOptions options;
    options.https = {CertKind::good,       CertKind::expired,     CertKind::not_yet_valid,
                     CertKind::wrong_host, CertKind::self_signed, CertKind::unknown_authority};
    options.http_snippet = "ssl_protocols TLSv1.2 TLSv1.3;";
    options.server_snippet = R"(
      gzip on; gzip_min_length 1; gzip_types text/plain text/html;
      location = /r301 { return 301 /index.html; }
      location = /r302 { return 302 "http://127.0.0.1:$server_port/index.html"; }
      location = /private { return 302 "http://10.1.2.3/secret"; }
      location = /file { return 302 "file:///etc/passwd"; }
      location = /loop { return 302 /loop; }
      location = /ping { return 302 /pong; }
      location = /pong { return 302 /ping; }
      location = /chain1 { return 302 /chain2; }
      location = /chain2 { return 302 /chain3; }
      location = /chain3 { return 302 /chain4; }
      location = /chain4 { return 302 /chain5; }
      location = /chain5 { return 302 /chain6; }
      location = /chain6 { return 302 /index.html; }
      location = /error { return 500 "broken"; }
      location = /noloc { return 302; }
      location = /slow { limit_rate 100; }
      location = /echo { add_header X-Seen "$request_method|$http_authorization|$http_x_key" always;
                         return 200 "$request_method"; }
      location = /post303 { return 303 /echo; }
      location = /cross { return 307 "http://localhost:$server_port/echo"; }
    )";
    server_ = new NginxServer(options);
    server_->write("index.html", "<html><body>" + std::string(5'000, 'x') + "</body></html>");
    server_->write("slow", std::string(100'000, 's'));
    server_->write("big", std::string(3'000'000, 'b'));
  }
  static void TearDownTestSuite() { delete server_; }

  static FetcherConfig config() {
    FetcherConfig config = loopback_config();
    config.ca_file = server_->ca_file();
    return config;
  }
  static std::string host_port(const std::string& path) { return server_->http_url(path); }

  static NginxServer* server_;
};
NginxServer* Fetching::server_ = nullptr;

TEST_F(Fetching, ReadsAPageOverHttpWithItsPhases) {
  FetchRig rig{config()};
  const Page page = rig.get(server_->http_url("/index.html"));
  EXPECT_EQ(page.outcome, Outcome::ok) << page.detail;
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.http_version, "1.1");
  EXPECT_EQ(page.body.size(), 5'026U);
  ASSERT_EQ(page.hops.size(), 1U);
  EXPECT_EQ(page.hops[0].remote_ip, "127.0.0.1");
  EXPECT_TRUE(page.hops[0].phases.connect);
  EXPECT_FALSE(page.hops[0].phases.tls);
  EXPECT_TRUE(page.hops[0].phases.processing);
  EXPECT_TRUE(page.hops[0].phases.transfer);
  EXPECT_GT(page.total, microseconds{0});
  EXPECT_EQ(page.tls, nullptr);
  EXPECT_GT(page.header_bytes, 50U);
  EXPECT_NE(find_header(page.headers, "content-type"), nullptr);
}

TEST_F(Fetching, DecodesGzipAndCountsBothSizes) {
  FetchRig rig{config()};
  const Page page = rig.get(server_->http_url("/index.html"));
  EXPECT_EQ(page.body.size(), 5'026U);
  EXPECT_GT(page.wire_bytes, 20U);
  EXPECT_LT(page.wire_bytes, 1'000U);
}

TEST_F(Fetching, CallsBackFromTheLoopAndOnlyOnce) {
  FetchRig rig{config()};
  int calls = 0;
  FetchRequest request;
  request.url = *parse_url("http://10.0.0.1/");  // refused without any I/O
  rig.fetcher.start(request, [&](Page&&) { ++calls; });
  EXPECT_EQ(calls, 0);
  rig.run_until([&] { return calls > 0; });
  for (int i = 0; i < 10; ++i) rig.loop.turn(milliseconds{1});
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(rig.fetcher.in_flight(), 0U);
}

TEST_F(Fetching, DoesNotCallBackAfterCancel) {
  FetchRig rig{config()};
  int calls = 0;
  FetchRequest request;
  request.url = *parse_url(server_->http_url("/slow"));
  const auto id = rig.fetcher.start(request, [&](Page&&) { ++calls; });
  for (int i = 0; i < 5; ++i) rig.loop.turn(milliseconds{5});
  rig.fetcher.cancel(id);
  rig.fetcher.cancel(id);
  EXPECT_EQ(rig.fetcher.in_flight(), 0U);
  EXPECT_EQ(rig.get(server_->http_url("/index.html")).status, 200);
  EXPECT_EQ(calls, 0);
}

TEST_F(Fetching, TreatsErrorStatusesAsAnswers) {
  FetchRig rig{config()};
  const Page missing = rig.get(server_->http_url("/nowhere"));
  EXPECT_EQ(missing.outcome, Outcome::ok);
  EXPECT_EQ(missing.status, 404);
  const Page broken = rig.get(server_->http_url("/error"));
  EXPECT_EQ(broken.status, 500);
  EXPECT_EQ(broken.body, "broken");
}

TEST_F(Fetching, HeadHasNoBody) {
  FetchRig rig{config()};
  FetchRequest request;
  request.url = *parse_url(server_->http_url("/index.html"));
  request.method = "HEAD";
  const Page page = rig.run(request);
  EXPECT_EQ(page.outcome, Outcome::ok);
  EXPECT_EQ(page.status, 200);
  EXPECT_TRUE(page.body.empty());
}

TEST_F(Fetching, SaysThatNobodyAccepts) {
  FetchRig rig{config()};
  const Page page = rig.get("http://127.0.0.1:" + std::to_string(testing::free_port()) + "/");
  EXPECT_EQ(page.outcome, Outcome::connect);
  EXPECT_NE(page.detail.find("refused"), std::string::npos) << page.detail;
  EXPECT_EQ(page.status, 0);
}

TEST_F(Fetching, RefusesPrivateAddressesByDefault) {
  FetcherConfig closed;
  FetchRig rig{closed};
  for (const auto* url :
       {"http://127.0.0.1:1/", "http://2130706433/", "http://0x7f000001/", "http://127.1/",
        "http://0177.0.0.1/", "http://[::1]/", "http://localhost/", "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/", "http://[64:ff9b::7f00:1]/", "http://10.0.0.1/",
        "http://0/"}) {
    SCOPED_TRACE(url);
    const Page page = rig.get(url);
    EXPECT_EQ(page.outcome, Outcome::blocked_by_policy) << page.detail;
    EXPECT_TRUE(page.hops[0].remote_ip.empty());
  }
}

TEST_F(Fetching, SendsNothingToAnAddressThatIsRefused) {
  Canary canary;
  FetcherConfig closed = loopback_config();
  closed.policy =
      AddressPolicy{{*parse_cidr("127.0.0.0/8")}, {{*parse_ip("127.0.0.1"), canary.port()}}};
  FetchRig rig{closed};
  const Page page = rig.get("http://127.0.0.1:" + std::to_string(canary.port()) + "/");
  EXPECT_EQ(page.outcome, Outcome::blocked_by_policy);
  EXPECT_EQ(canary.connections(), 0U);
}

TEST_F(Fetching, TakesANewPolicyAndNewBoundsWhileItRuns) {
  FetchRig rig{config()};
  EXPECT_EQ(rig.get(host_port("/index.html")).outcome, Outcome::ok);
  auto closed = config();
  closed.policy = AddressPolicy{};
  rig.fetcher.reconfigure(closed);
  EXPECT_EQ(rig.get(host_port("/index.html")).outcome, Outcome::blocked_by_policy);
  auto narrow = config();
  narrow.limits.body_bytes = 100;
  rig.fetcher.reconfigure(narrow);
  EXPECT_EQ(rig.get(host_port("/index.html")).outcome, Outcome::too_large);
}

TEST_F(Fetching, FollowsRedirectsAndRecordsEachHop) {
  FetchRig rig{config()};
  const Page page = rig.get(server_->http_url("/r301"));
  EXPECT_EQ(page.outcome, Outcome::ok);
  EXPECT_EQ(page.status, 200);
  ASSERT_EQ(page.hops.size(), 2U);
  EXPECT_EQ(page.hops[0].status, 301);
  EXPECT_NE(page.hops[0].location.find("/index.html"), std::string::npos);
  EXPECT_EQ(page.hops[1].url.target, "/index.html");
  EXPECT_EQ(page.url.target, "/r301");
}

TEST_F(Fetching, AppliesThePolicyToEveryHop) {
  FetchRig rig{config()};
  const Page page = rig.get(server_->http_url("/private"));
  EXPECT_EQ(page.outcome, Outcome::blocked_by_policy);
  ASSERT_EQ(page.hops.size(), 2U);
  EXPECT_EQ(page.hops[0].status, 302);
  EXPECT_TRUE(page.hops[1].remote_ip.empty());
  EXPECT_EQ(page.status, 0);
}

TEST_F(Fetching, EndsBadRedirects) {
  FetchRig rig{config()};
  struct Case {
    const char* path;
    Outcome want;
    std::size_t hops;
  };
  for (const auto& c :
       {Case{"/file", Outcome::bad_redirect, 1}, Case{"/loop", Outcome::redirect_limit, 1},
        Case{"/ping", Outcome::redirect_limit, 2}, Case{"/chain1", Outcome::redirect_limit, 6},
        Case{"/chain2", Outcome::ok, 6}}) {
    SCOPED_TRACE(c.path);
    const Page page = rig.get(server_->http_url(c.path));
    EXPECT_EQ(page.outcome, c.want) << page.detail;
    EXPECT_EQ(page.hops.size(), c.hops);
  }
}

TEST_F(Fetching, TurnsPostIntoGetAt303) {
  FetchRig rig{config()};
  FetchRequest request;
  request.url = *parse_url(server_->http_url("/post303"));
  request.method = "POST";
  request.body = "a=b";
  const Page page = rig.run(request);
  EXPECT_EQ(page.body, "GET");
}

TEST_F(Fetching, DropsSecretsWhenARedirectCrossesOrigins) {
  FetchRig rig{config()};
  FetchRequest request;
  request.headers = {{"Authorization", "Bearer canary"}, {"X-Key", "canary"}};
  request.url = *parse_url(server_->http_url("/echo"));
  EXPECT_EQ(*find_header(rig.run(request).headers, "x-seen"), "GET|Bearer canary|canary");
  request.url = *parse_url(server_->http_url("/cross"));
  const Page page = rig.run(request);
  ASSERT_EQ(page.outcome, Outcome::ok) << page.detail;
  EXPECT_EQ(page.hops.back().url.host, "localhost");
  EXPECT_EQ(*find_header(page.headers, "x-seen"), "GET||");
}

TEST_F(Fetching, SendsNoCredentialsOverTlsThatNeedNotVerify) {
  FetchRig rig{config()};
  FetchRequest request;
  request.headers = {{"authorization", "Bearer canary"}, {"X-Key", "kept"}};
  request.url = *parse_url(server_->https_url("/echo", CertKind::expired));
  request.tls_verify = false;
  EXPECT_EQ(*find_header(rig.run(request).headers, "x-seen"), "GET||kept");
}

TEST_F(Fetching, ResolvesByTheHostsFileAndRemembers) {
  FetchRig rig{config()};
  const auto url = server_->http_url("/index.html", "localhost");
  const Page first = rig.get(url);
  EXPECT_EQ(first.outcome, Outcome::ok) << first.detail;
  EXPECT_TRUE(first.hops[0].phases.resolve);
  const Page second = rig.get(url);
  EXPECT_FALSE(second.hops[0].phases.resolve);
  EXPECT_EQ(rig.fetcher.counters().dns_queries, 1U);
  EXPECT_EQ(rig.fetcher.counters().dns_cache_hits, 1U);
}

TEST_F(Fetching, GivesUpOnASlowPage) {
  FetchRig rig{config()};
  FetchRequest request;
  request.url = *parse_url(server_->http_url("/slow"));
  request.limits = FetchLimits{};
  request.limits->total = milliseconds{300};
  const Page page = rig.run(request);
  EXPECT_EQ(page.outcome, Outcome::timeout);
  EXPECT_EQ(page.detail, "timeout in phase transfer");
  EXPECT_EQ(page.status, 200);
  EXPECT_GE(page.total, milliseconds{300});
}

TEST_F(Fetching, KeepsTheFirstPartOfALargeBody) {
  FetchRig rig{config()};
  FetchRequest request;
  request.url = *parse_url(server_->http_url("/big"));
  request.limits = FetchLimits{};
  request.limits->body_bytes = 100'000;
  const Page page = rig.run(request);
  EXPECT_EQ(page.outcome, Outcome::too_large);
  EXPECT_EQ(page.body.size(), 100'000U);
}

TEST_F(Fetching, EndsAsInconclusiveWhenOverloaded) {
  FetcherConfig small = config();
  small.max_in_flight = 1;
  FetchRig rig{small};
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 2; ++i) {
    FetchRequest request;
    request.url = *parse_url(server_->http_url("/index.html"));
    rig.fetcher.start(request, [&](Page&& page) { outcomes.push_back(page.outcome); });
  }
  rig.run_until([&] { return outcomes.size() == 2; });
  EXPECT_EQ(outcomes[0], Outcome::inconclusive);
  EXPECT_EQ(outcomes[1], Outcome::ok);
}

TEST_F(Fetching, VerifiesTlsAndKeepsTheChain) {
  FetchRig rig{config()};
  const Page page = rig.get(server_->https_url("/index.html"));
  ASSERT_EQ(page.outcome, Outcome::ok) << page.detail;
  EXPECT_EQ(page.http_version, "2");
  ASSERT_NE(page.tls, nullptr);
  EXPECT_EQ(page.tls->version, "TLSv1.3");
  EXPECT_EQ(page.tls->alpn, "h2");
  EXPECT_TRUE(page.tls->is_verified);
  EXPECT_TRUE(page.tls->is_chain_ok);
  EXPECT_TRUE(page.tls->is_host_ok);
  EXPECT_FALSE(page.tls->is_resumed);
  EXPECT_EQ(page.tls->failure, "");
  ASSERT_GE(page.tls->chain.size(), 1U);
  const auto& leaf = page.tls->chain[0];
  EXPECT_EQ(leaf.key_type, "EC");
  EXPECT_EQ(leaf.key_bits, 256);
  EXPECT_EQ(leaf.sha256.size(), 64U);
  EXPECT_EQ(leaf.spki_sha256.size(), 64U);
  EXPECT_LT(leaf.not_before, leaf.not_after);
  EXPECT_FALSE(leaf.names.empty());
  EXPECT_TRUE(page.hops[0].phases.tls);
}

TEST_F(Fetching, ResumesTheSessionOfAVerifiedHandshake) {
  FetchRig rig{config()};
  FetchRequest request;
  request.url = *parse_url(server_->https_url("/index.html"));
  request.observed_at = store_time_ms(1'000);
  const Page first = rig.run(request);
  request.observed_at = store_time_ms(2'000);
  for (int i = 0; i < 5; ++i) {
    const Page page = rig.run(request);
    ASSERT_EQ(page.outcome, Outcome::ok) << page.detail;
    ASSERT_NE(page.tls, nullptr);
    EXPECT_TRUE(page.tls->is_resumed);
    EXPECT_TRUE(page.tls->is_verified);
    EXPECT_EQ(page.tls->verified_at, store_time_ms(1'000));
    EXPECT_EQ(page.tls->chain.size(), first.tls->chain.size());
  }
  EXPECT_EQ(rig.fetcher.counters().tls_full, 1U);
  EXPECT_EQ(rig.fetcher.counters().tls_resumed, 5U);
}

TEST_F(Fetching, ResumesSessionsOfTls12Too) {
  NginxOptions options;
  options.http_snippet = "ssl_protocols TLSv1.2;";
  const NginxServer old{options};
  old.write("index.html", "hello");
  FetcherConfig trusting = config();
  trusting.ca_file = old.ca_file();
  FetchRig rig{trusting};
  EXPECT_FALSE(rig.get(old.https_url("/index.html")).tls->is_resumed);
  const Page page = rig.get(old.https_url("/index.html"));
  EXPECT_EQ(page.tls->version, "TLSv1.2");
  EXPECT_TRUE(page.tls->is_resumed);
  EXPECT_EQ(page.body, "hello");
}

TEST_F(Fetching, MakesAFullHandshakeWhenTheSessionIsOld) {
  FetcherConfig eager = config();
  eager.full_handshake_every = seconds{0};
  FetchRig rig{eager};
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(rig.get(server_->https_url("/index.html")).tls->is_resumed);
  }
}

struct BadCertificate {
  CertKind kind;
  const char* failure;
  bool is_chain_ok;
};
constexpr BadCertificate kBad[] = {
    {CertKind::expired, "certificate has expired", false},
    {CertKind::not_yet_valid, "certificate is not yet valid", false},
    {CertKind::wrong_host, "host name mismatch", true},
    {CertKind::self_signed, "self-signed certificate", false},
    {CertKind::unknown_authority, "self-signed certificate in certificate chain", false},
};

TEST_F(Fetching, RefusesBadCertificatesWithTheExactReasonAndTheChain) {
  FetchRig rig{config()};
  for (const auto& c : kBad) {
    SCOPED_TRACE(c.failure);
    const Page page = rig.get(server_->https_url("/index.html", c.kind));
    EXPECT_EQ(page.outcome, Outcome::tls);
    EXPECT_EQ(page.detail, c.failure);
    EXPECT_EQ(page.status, 0);
    EXPECT_TRUE(page.body.empty());
    ASSERT_NE(page.tls, nullptr);
    EXPECT_EQ(page.tls->failure, c.failure);
    EXPECT_EQ(page.tls->is_chain_ok, c.is_chain_ok);
    EXPECT_FALSE(page.tls->is_verified);
    EXPECT_FALSE(page.tls->chain.empty());
    EXPECT_FALSE(page.tls->version.empty());
  }
}

TEST_F(Fetching, GoesOnWithABadCertificateIfTheAssetSaysSoAndNeverResumesIt) {
  FetchRig rig{config()};
  for (const auto& c : kBad) {
    for (int round = 0; round < 2; ++round) {
      SCOPED_TRACE(c.failure);
      FetchRequest request;
      request.url = *parse_url(server_->https_url("/index.html", c.kind));
      request.tls_verify = false;
      const Page page = rig.run(request);
      EXPECT_EQ(page.outcome, Outcome::ok) << page.detail;
      EXPECT_EQ(page.status, 200);
      ASSERT_NE(page.tls, nullptr);
      EXPECT_EQ(page.tls->failure, c.failure);
      EXPECT_FALSE(page.tls->is_verified);
      EXPECT_FALSE(page.tls->is_resumed);
    }
  }
}

TEST_F(Fetching, SaysThatAPlainHttpPortSpeaksNoTls) {
  FetchRig rig{config()};
  const Page page = rig.get("https://127.0.0.1:" + std::to_string(server_->http_port()) + "/");
  EXPECT_EQ(page.outcome, Outcome::tls) << page.detail;
  EXPECT_FALSE(page.detail.empty());
}

TEST_F(Fetching, IsInconclusiveWithoutItsCaFile) {
  FetcherConfig broken = config();
  broken.ca_file = "/nonexistent/ca.pem";
  FetchRig rig{broken};
  EXPECT_EQ(rig.get(server_->https_url("/")).outcome, Outcome::inconclusive);
}

TEST_F(Fetching, LeaksNoDescriptorOverManyFetches) {
  FetchRig rig{config()};
  rig.get(server_->http_url("/index.html"));
  rig.get(server_->https_url("/index.html"));
  const std::size_t before = open_descriptors();
  std::size_t started = 0, ok = 0, finished = 0;
  constexpr std::size_t kTotal = 2'000, kSlots = 64;
  const std::function<void()> next = [&] {
    if (started == kTotal) return;
    FetchRequest request;
    request.url = *parse_url(++started % 8 == 0 ? server_->https_url("/index.html")
                                                : server_->http_url("/index.html"));
    rig.fetcher.start(std::move(request), [&](Page&& page) {
      ++finished;
      ok += page.outcome == Outcome::ok && page.body.size() == 5'026 ? 1U : 0U;
      next();
    });
  };
  for (std::size_t i = 0; i < kSlots; ++i) next();
  rig.run_until([&] { return finished == kTotal; }, seconds{100});
  EXPECT_EQ(ok, kTotal);
  EXPECT_EQ(rig.fetcher.in_flight(), 0U);
  EXPECT_EQ(open_descriptors(), before);
}

}  // namespace
}  // namespace webmon::fetch

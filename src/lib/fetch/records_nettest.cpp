// The records of names from a real unbound with zones of ours; failures from a stub.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <optional>
#include <stdexcept>

#include "lib/fetch/dns_stub_nettest.hpp"
#include "lib/fetch/records.hpp"
#include "tests/support/unbound_server.hpp"

namespace webmon::fetch {
namespace {

const testing::Zone kShop{"shop.example", R"($TTL 300
@ IN SOA ns1 hostmaster 7 3600 600 86400 60
@ NS ns1
@ NS ns2
ns1 A 127.0.0.1
ns2 A 127.0.0.1
@ A 127.0.0.1
@ AAAA ::1
@ MX 20 mx2
@ MX 10 mx1
@ TXT "v=spf1 -all"
@ CAA 0 issue "ca.example"
www 120 CNAME edge.cdn.example.
gone CNAME nowhere.cdn.example.
)"};
const testing::Zone kCdn{"cdn.example", R"($TTL 300
@ IN SOA ns hostmaster 9 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
edge 30 A 127.0.0.3
edge 30 A 127.0.0.2
)"};
const testing::Zone kOtherShop{"shop.example", R"($TTL 300
@ IN SOA ns1 hostmaster 8 3600 600 86400 60
@ NS ns1
ns1 A 127.0.0.1
@ A 127.0.0.9
)"};

class RecordsTest : public ::testing::Test {
 protected:
  RecordAnswer ask(const std::string& servers, const std::string& name) {
    Records records{loop_, system_rng(), servers};
    std::optional<RecordAnswer> heard;
    records.ask(name, [&](const RecordAnswer& answer) { heard = answer; });
    EXPECT_FALSE(heard) << "not from within";
    const auto deadline = system_clock().mono() + seconds{30};
    while (!heard) {
      if (system_clock().mono() > deadline) throw std::runtime_error{"no answer"};
      loop_.turn(milliseconds{20});
    }
    return *heard;
  }
  /// Without what differs from run to run.
  std::string told(const std::string& servers, const std::string& name) {
    const auto answer = ask(servers, name);
    EXPECT_TRUE(answer.is_ok) << answer.text;
    auto json = boost::json::parse(answer.text).as_object();
    EXPECT_GT(json["lookup_ms"].as_double(), 0);
    EXPECT_LT(json["lookup_ms"].as_double(), 4'500);
    json.erase("lookup_ms");
    json.erase("ttl_min");
    return boost::json::serialize(json);
  }
  Loop loop_;
};

TEST_F(RecordsTest, AreThoseOfTheZone) {
  const testing::UnboundServer resolver{{kShop, kCdn}};
  EXPECT_EQ(
      told(resolver.address(), "shop.example"),
      R"({"rcode":"NOERROR","dnssec":false,"cname_chain":[],"a":["127.0.0.1"],"aaaa":["::1"],)"
      R"("ns":["ns1.shop.example","ns2.shop.example"],)"
      R"("mx":["10 mx1.shop.example","20 mx2.shop.example"],"caa":["0 issue \"ca.example\""],)"
      R"("zone":"shop.example","soa_serial":7,)"
      R"("txt_hash":"6d6b9add77e713d08fefd97978eec9c744cf49dac00460cfb2f712d0504f632a"})");
}

TEST_F(RecordsTest, OfAnAliasAreThoseOfTheTargetAndOfTheZoneOfTheName) {
  const testing::UnboundServer resolver{{kShop, kCdn}};
  EXPECT_EQ(told(resolver.address(), "www.shop.example"),
            R"({"rcode":"NOERROR","dnssec":false,"cname_chain":["edge.cdn.example"],)"
            R"("a":["127.0.0.2","127.0.0.3"],"aaaa":[],)"
            R"("ns":["ns1.shop.example","ns2.shop.example"],)"
            R"("mx":["10 mx1.shop.example","20 mx2.shop.example"],)"
            R"("caa":["0 issue \"ca.example\""],"zone":"shop.example","soa_serial":7})");
}

TEST_F(RecordsTest, OfADanglingAliasSayThatItsTargetDoesNotExist) {
  const testing::UnboundServer resolver{{kShop, kCdn}};
  const auto text = told(resolver.address(), "gone.shop.example");
  EXPECT_TRUE(text.starts_with(
      R"({"rcode":"NXDOMAIN","dnssec":false,"cname_chain":["nowhere.cdn.example"],"a":[])"))
      << text;
}

TEST_F(RecordsTest, TwoNameServersAreCompared) {
  const testing::UnboundServer one{{kShop, kCdn}}, other{{kOtherShop}};
  const auto both = one.address() + "," + other.address();
  EXPECT_TRUE(boost::json::parse(ask(both, "shop.example").text).at("resolver_disagree").as_bool());
  const auto twice = one.address() + "," + one.address();
  EXPECT_FALSE(
      boost::json::parse(ask(twice, "shop.example").text).at("resolver_disagree").as_bool());
}

TEST_F(RecordsTest, AnErrorOfTheNameServerIsAnAnswer) {
  const DnsStub stub{[](const std::string&) { return StubAnswer{.v4 = {}, .v6 = {}, .rcode = 2}; }};
  const auto answer = ask(stub.address(), "shop.example");
  EXPECT_TRUE(answer.is_ok);
  const auto json = boost::json::parse(answer.text).as_object();
  EXPECT_EQ(json.at("rcode").as_string(), "SERVFAIL");
  EXPECT_TRUE(stub.asks_whether_checked()) << "otherwise nobody says whether it was";
  EXPECT_FALSE(json.contains("a"));
  EXPECT_FALSE(json.contains("mx"));
}

TEST_F(RecordsTest, WhatCannotBeReadIsNoAnswer) {
  const DnsStub stub{[](const std::string&) {
    return StubAnswer{.v4 = {}, .v6 = {}, .garbage = std::string(40, '\xc0')};
  }};
  const auto answer = ask(stub.address(), "shop.example");
  EXPECT_FALSE(answer.is_ok);
  EXPECT_EQ(answer.text, "dns");
}

TEST_F(RecordsTest, SilenceIsNotWaitedForLongerThanTheBound) {
  const DnsStub stub{
      [](const std::string&) { return StubAnswer{.v4 = {}, .v6 = {}, .is_silent = true}; }};
  const auto began = system_clock().mono();
  const auto answer = ask(stub.address(), "shop.example");
  EXPECT_FALSE(answer.is_ok);
  EXPECT_EQ(answer.text, "timeout");
  EXPECT_LT(system_clock().mono() - began, 2 * Records::kTotal);
}

TEST_F(RecordsTest, OnlySoManyNamesAreAskedForAtOnce) {
  const DnsStub stub{
      [](const std::string&) { return StubAnswer{.v4 = {}, .v6 = {}, .is_silent = true}; }};
  Records records{loop_, system_rng(), stub.address()};
  Records::Ticket first = 0;
  for (std::size_t i = 0; i < Records::kMostAtOnce; ++i) {
    const auto ticket = records.ask("shop" + std::to_string(i) + ".example", [](const auto&) {});
    EXPECT_NE(ticket, 0U);
    if (first == 0) first = ticket;
  }
  const auto unheard = [](const auto&) { ADD_FAILURE() << "called back"; };
  EXPECT_EQ(records.ask("one.more.example", unheard), 0U);
  records.drop(first);
  EXPECT_NE(records.ask("one.more.example", unheard), 0U);
}

}  // namespace
}  // namespace webmon::fetch

#include "lib/fetch/policy.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <string>

#include "lib/core/url.hpp"

namespace webmon::fetch {
namespace {

struct Case {
  const char* address;
  AddressClass want;
};

constexpr Case kCases[] = {
    // Public.
    {"1.1.1.1", AddressClass::global},
    {"8.8.8.8", AddressClass::global},
    {"9.255.255.255", AddressClass::global},
    {"11.0.0.0", AddressClass::global},
    {"93.184.216.34", AddressClass::global},
    {"100.63.255.255", AddressClass::global},
    {"100.128.0.0", AddressClass::global},
    {"126.255.255.255", AddressClass::global},
    {"128.0.0.1", AddressClass::global},
    {"169.253.255.255", AddressClass::global},
    {"169.255.0.0", AddressClass::global},
    {"172.15.255.255", AddressClass::global},
    {"172.32.0.0", AddressClass::global},
    {"192.0.1.1", AddressClass::global},
    {"192.0.3.1", AddressClass::global},
    {"192.88.98.255", AddressClass::global},
    {"192.88.100.0", AddressClass::global},
    {"192.167.255.255", AddressClass::global},
    {"192.169.0.0", AddressClass::global},
    {"198.17.255.255", AddressClass::global},
    {"198.20.0.0", AddressClass::global},
    {"198.51.99.255", AddressClass::global},
    {"198.51.101.0", AddressClass::global},
    {"203.0.112.255", AddressClass::global},
    {"203.0.114.0", AddressClass::global},
    {"223.255.255.255", AddressClass::global},
    {"2606:4700:4700::1111", AddressClass::global},
    {"2a00:1450:4001:80b::200e", AddressClass::global},
    {"2000::", AddressClass::global},
    {"2001:200::1", AddressClass::global},
    {"2001:db7:ffff::1", AddressClass::global},
    {"2001:db9::1", AddressClass::global},
    {"3ffe::1", AddressClass::global},
    {"3fff:1000::1", AddressClass::global},
    // This host.
    {"0.0.0.0", AddressClass::unspecified},
    {"0.1.2.3", AddressClass::unspecified},
    {"0.255.255.255", AddressClass::unspecified},
    {"::", AddressClass::unspecified},
    {"127.0.0.1", AddressClass::loopback},
    {"127.0.0.2", AddressClass::loopback},
    {"127.1.2.3", AddressClass::loopback},
    {"127.255.255.255", AddressClass::loopback},
    {"::1", AddressClass::loopback},
    // Private.
    {"10.0.0.0", AddressClass::private_use},
    {"10.1.2.3", AddressClass::private_use},
    {"10.255.255.255", AddressClass::private_use},
    {"100.64.0.0", AddressClass::private_use},
    {"100.100.100.200", AddressClass::private_use},
    {"100.127.255.255", AddressClass::private_use},
    {"172.16.0.0", AddressClass::private_use},
    {"172.31.255.255", AddressClass::private_use},
    {"192.168.0.1", AddressClass::private_use},
    {"192.168.255.255", AddressClass::private_use},
    {"fc00::1", AddressClass::private_use},
    {"fd00::1", AddressClass::private_use},
    {"fd12:3456:789a::1", AddressClass::private_use},
    {"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", AddressClass::private_use},
    // Link-local and metadata.
    {"169.254.0.0", AddressClass::link_local},
    {"169.254.169.253", AddressClass::link_local},
    {"169.254.255.255", AddressClass::link_local},
    {"fe80::1", AddressClass::link_local},
    {"febf::1", AddressClass::link_local},
    {"169.254.169.254", AddressClass::metadata},
    {"::ffff:169.254.169.254", AddressClass::metadata},
    {"::ffff:a9fe:a9fe", AddressClass::metadata},
    {"64:ff9b::a9fe:a9fe", AddressClass::metadata},
    {"2002:a9fe:a9fe::", AddressClass::metadata},
    {"fd00:ec2::254", AddressClass::metadata},
    {"fd00:0ec2:0:0:0:0:0:254", AddressClass::metadata},
    // Multicast.
    {"224.0.0.1", AddressClass::multicast},
    {"239.255.255.255", AddressClass::multicast},
    {"ff02::1", AddressClass::multicast},
    {"ff0e::1", AddressClass::multicast},
    // Reserved.
    {"192.0.0.1", AddressClass::reserved},
    {"192.0.0.255", AddressClass::reserved},
    {"192.0.2.1", AddressClass::reserved},
    {"192.88.99.1", AddressClass::reserved},
    {"198.18.0.1", AddressClass::reserved},
    {"198.19.255.255", AddressClass::reserved},
    {"198.51.100.1", AddressClass::reserved},
    {"203.0.113.1", AddressClass::reserved},
    {"240.0.0.1", AddressClass::reserved},
    {"255.255.255.255", AddressClass::reserved},
    {"::2", AddressClass::reserved},
    {"::127.0.0.1", AddressClass::reserved},
    {"::7f00:1", AddressClass::reserved},
    {"100::1", AddressClass::reserved},
    {"1fff::1", AddressClass::reserved},
    {"4000::1", AddressClass::reserved},
    {"5f00::1", AddressClass::reserved},
    {"fec0::1", AddressClass::reserved},
    {"2001::1", AddressClass::reserved},
    {"2001:0:7f00:1::", AddressClass::reserved},
    {"2001:2::1", AddressClass::reserved},
    {"2001:20::1", AddressClass::reserved},
    {"2001:1ff::1", AddressClass::reserved},
    {"2001:db8::1", AddressClass::reserved},
    {"3fff::1", AddressClass::reserved},
    {"3fff:fff::1", AddressClass::reserved},
    {"64:ff9b:1::1", AddressClass::reserved},
    // Translated forms are what they contain.
    {"::ffff:127.0.0.1", AddressClass::loopback},
    {"::ffff:7f00:1", AddressClass::loopback},
    {"0:0:0:0:0:ffff:7f00:0001", AddressClass::loopback},
    {"::ffff:10.0.0.1", AddressClass::private_use},
    {"::ffff:0.0.0.0", AddressClass::unspecified},
    {"::ffff:8.8.8.8", AddressClass::global},
    {"64:ff9b::127.0.0.1", AddressClass::loopback},
    {"64:ff9b::7f00:1", AddressClass::loopback},
    {"64:ff9b::192.168.1.1", AddressClass::private_use},
    {"64:ff9b::8.8.8.8", AddressClass::global},
    {"2002:7f00:1::", AddressClass::loopback},
    {"2002:7f00:0001::1", AddressClass::loopback},
    {"2002:a00:1::1", AddressClass::private_use},
    {"2002:c0a8:101::1", AddressClass::private_use},
    {"2002:808:808::1", AddressClass::global},
};

TEST(AddressPolicy, KnowsTheClassOfEveryRangeAndItsEdges) {
  static_assert(std::size(kCases) >= 100);
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.address);
    const auto ip = parse_ip(c.address);
    ASSERT_TRUE(ip);
    EXPECT_EQ(to_string(classify(*ip)), to_string(c.want));
  }
}

TEST(AddressPolicy, AllowsExactlyTheGlobalClassByDefault) {
  const AddressPolicy policy;
  for (const auto& c : kCases) {
    SCOPED_TRACE(c.address);
    EXPECT_EQ(policy.is_allowed(*parse_ip(c.address), 80), c.want == AddressClass::global);
  }
}

TEST(AddressPolicy, JudgesEverySpellingOfAUrlAlike) {
  const AddressPolicy policy;
  for (const char* text :
       {"http://127.0.0.1/", "http://2130706433/", "http://0x7f000001/", "http://127.1/",
        "http://0177.0.0.1/", "http://0x7f.1/", "http://0/", "http://017700000001/",
        "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[0:0:0:0:0:0:0:1]/",
        "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://10.1/",
        "http://192.168.257/", "http://0xa9fea9fe/", "http://2852039166/"}) {
    SCOPED_TRACE(text);
    const auto url = parse_url(text);
    ASSERT_TRUE(url);
    const auto ip = parse_ip(url->host);
    ASSERT_TRUE(ip) << url->host;
    EXPECT_FALSE(policy.is_allowed(*ip, 80));
  }
}

TEST(AddressPolicy, AnAllowedNetworkOpensItsAddressesAndNoOthers) {
  const AddressPolicy policy{{*parse_cidr("127.0.0.0/8"), *parse_cidr("fd00::/8")}, {}};
  EXPECT_TRUE(policy.is_allowed(*parse_ip("127.0.0.1"), 80));
  EXPECT_TRUE(policy.is_allowed(*parse_ip("::ffff:127.9.9.9"), 80));
  EXPECT_TRUE(policy.is_allowed(*parse_ip("fd00::1"), 80));
  EXPECT_TRUE(policy.is_allowed(*parse_ip("8.8.8.8"), 80));
  EXPECT_FALSE(policy.is_allowed(*parse_ip("10.0.0.1"), 80));
  EXPECT_FALSE(policy.is_allowed(*parse_ip("::1"), 80));
  EXPECT_FALSE(policy.is_allowed(*parse_ip("64:ff9b::7f00:1"), 80));
}

TEST(AddressPolicy, NoNetworkAllowsMetadata) {
  const AddressPolicy policy{{*parse_cidr("0.0.0.0/0"), *parse_cidr("::/0")}, {}};
  for (const char* text : {"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
                           "2002:a9fe:a9fe::1", "fd00:ec2::254"}) {
    EXPECT_EQ(policy.judge(*parse_ip(text), 80), Verdict::refused_metadata) << text;
  }
  EXPECT_TRUE(policy.is_allowed(*parse_ip("169.254.169.253"), 80));
}

TEST(AddressPolicy, NoNetworkAllowsOurOwnListeners) {
  const AddressPolicy policy{{*parse_cidr("0.0.0.0/0"), *parse_cidr("::/0")},
                             {{*parse_ip("127.0.0.1"), 8080},
                              {*parse_ip("0.0.0.0"), 5559},
                              {*parse_ip("93.184.216.34"), 8443}}};
  EXPECT_EQ(policy.judge(*parse_ip("127.0.0.1"), 8080), Verdict::refused_own);
  EXPECT_EQ(policy.judge(*parse_ip("::ffff:127.0.0.1"), 8080), Verdict::refused_own);
  EXPECT_EQ(policy.judge(*parse_ip("0.0.0.0"), 8080), Verdict::refused_own);
  EXPECT_EQ(policy.judge(*parse_ip("127.0.0.7"), 5559), Verdict::refused_own);
  EXPECT_EQ(policy.judge(*parse_ip("::1"), 5559), Verdict::refused_own);
  EXPECT_EQ(policy.judge(*parse_ip("10.0.0.1"), 5559), Verdict::refused_own);
  EXPECT_EQ(policy.judge(*parse_ip("93.184.216.34"), 8443), Verdict::refused_own);
  EXPECT_EQ(policy.judge(*parse_ip("127.0.0.1"), 8081), Verdict::allowed);
  EXPECT_EQ(policy.judge(*parse_ip("8.8.8.8"), 5559), Verdict::allowed);
}

TEST(AddressPolicy, ReadsSocketAddressesAndRefusesOtherFamilies) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(80);
  inet_pton(AF_INET, "8.8.8.8", &v4.sin_addr);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(80);
  inet_pton(AF_INET6, "fe80::1", &v6.sin6_addr);
  const sockaddr other{};
  const AddressPolicy policy{{}, {{*parse_ip("8.8.8.8"), 443}}};
  EXPECT_TRUE(policy.is_allowed(reinterpret_cast<const sockaddr*>(&v4)));
  v4.sin_port = htons(443);
  EXPECT_FALSE(policy.is_allowed(reinterpret_cast<const sockaddr*>(&v4)));
  EXPECT_FALSE(policy.is_allowed(reinterpret_cast<const sockaddr*>(&v6)));
  EXPECT_FALSE(policy.is_allowed(&other));
}

TEST(Cidr, ParsesNetworksAndSingleAddresses) {
  EXPECT_EQ(parse_cidr("10.0.0.0/8")->bits, 8U);
  EXPECT_EQ(parse_cidr("10.1.2.3")->bits, 32U);
  EXPECT_EQ(parse_cidr("fd00::/8")->bits, 8U);
  EXPECT_EQ(parse_cidr("::1")->bits, 128U);
  EXPECT_EQ(parse_cidr("0.0.0.0/0")->bits, 0U);
}

TEST(Cidr, RefusesWhatIsNotANetwork) {
  for (const char* text :
       {"", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/8/8",
        "10.0.0.1/8", "fd00::/129", "fd00::1/8", "::/x", "localhost", "010.0.0.0/8", "10.0/8",
        "[::1]", "fe80::1%eth0", "1.2.3.4.5", " 10.0.0.0/8", "0x7f000001"}) {
    const auto cidr = parse_cidr(text);
    EXPECT_FALSE(cidr) << text;
  }
}

TEST(Cidr, ContainsExactlyItsAddresses) {
  const auto odd = *parse_cidr("100.64.0.0/10");
  EXPECT_TRUE(contains(odd, *parse_ip("100.64.0.0")));
  EXPECT_TRUE(contains(odd, *parse_ip("100.127.255.255")));
  EXPECT_FALSE(contains(odd, *parse_ip("100.63.255.255")));
  EXPECT_FALSE(contains(odd, *parse_ip("100.128.0.0")));
  EXPECT_FALSE(contains(odd, *parse_ip("::ffff:100.64.0.1")));
  EXPECT_TRUE(contains(*parse_cidr("::/0"), *parse_ip("ff02::1")));
  EXPECT_TRUE(contains(*parse_cidr("1.2.3.4"), *parse_ip("1.2.3.4")));
  EXPECT_FALSE(contains(*parse_cidr("1.2.3.4"), *parse_ip("1.2.3.5")));
}

TEST(IpAddress, TextFormsRoundTrip) {
  for (const char* text : {"1.2.3.4", "::1", "2001:db8::1", "::ffff:1.2.3.4", "fe80::"}) {
    EXPECT_EQ(to_text(*parse_ip(text)), text);
  }
}

}  // namespace
}  // namespace webmon::fetch

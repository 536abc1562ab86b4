#include "lib/fetch/dns_message.hpp"

#include <gtest/gtest.h>

#include "lib/core/rng.hpp"

namespace webmon::fetch {
namespace {

std::string u16(unsigned value) {
  return {static_cast<char>(value >> 8U), static_cast<char>(value & 0xffU)};
}

const std::string kShop{"\4shop\7example\0", 14};  // at offset 12 of every message
const std::string kToShop = "\xc0\x0c";

std::string record(const std::string& owner, unsigned type, const std::string& data,
                   unsigned ttl = 300) {
  return owner + u16(type) + u16(1) + u16(ttl >> 16U) + u16(ttl & 0xffffU) +
         u16(static_cast<unsigned>(data.size())) + data;
}

/// A question for shop.example, then the sections.
std::string message(unsigned flags, const std::vector<std::string>& answer,
                    const std::vector<std::string>& authority = {}) {
  auto out = u16(1) + u16(flags) + u16(1) + u16(static_cast<unsigned>(answer.size())) +
             u16(static_cast<unsigned>(authority.size())) + u16(0) + kShop + u16(1) + u16(1);
  for (const auto& one : answer) out += one;
  for (const auto& one : authority) out += one;
  return out;
}

Result<DnsMessage> parse(const std::string& bytes) {
  return parse_dns_message({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

std::string text_of(unsigned type, const std::string& data) {
  const auto parsed = parse(message(0x8180, {record(kToShop, type, data)}));
  if (!parsed) return "(error)";
  return parsed->answer.size() == 1 ? parsed->answer[0].text : "(none)";
}

const std::string kSoa = "\2ns" + kToShop + "\4root" + kToShop +
                         std::string{"\0\0\0\7\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1", 20};

TEST(DnsMessage, TellsEachRecordAsPeopleWriteIt) {
  EXPECT_EQ(text_of(1, {"\300\0\2\1", 4}), "192.0.2.1");
  EXPECT_EQ(text_of(28, "\x20\x01\x0d\xb8" + std::string(11, '\0') + "\1"), "2001:db8::1");
  EXPECT_EQ(text_of(2, "\3NS1" + kToShop), "ns1.shop.example");
  EXPECT_EQ(text_of(5, {"\4edge\3cdn\0", 10}), "edge.cdn");
  EXPECT_EQ(text_of(15, u16(10) + "\2mx" + kToShop), "10 mx.shop.example");
  EXPECT_EQ(text_of(15, u16(0) + std::string(1, '\0')), "0 .") << "null MX, RFC 7505";
  EXPECT_EQ(text_of(6, kSoa), "7");
  EXPECT_EQ(text_of(16, "\3v=a\2 b"), "v=a b") << "strings of one record belong together";
  EXPECT_EQ(text_of(257, std::string{"\0\5issueca.example", 17}), R"(0 issue "ca.example")");
  EXPECT_EQ(text_of(257, std::string{"\200\5issue\"\n\377", 10}), R"(128 issue "\034\010\255")");
  EXPECT_EQ(text_of(99, "whatever"), "(none)") << "a type of no use here";
}

TEST(DnsMessage, TellsOwnerTimeToLiveCodeAndAuthenticity) {
  const auto plain = parse(message(0x8180, {record(kToShop, 1, {"\300\0\2\1", 4}, 70'000)}));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->answer[0], (DnsRecord{"shop.example", RecordType::a, 70'000, "192.0.2.1"}));
  EXPECT_FALSE(plain->is_authentic);
  EXPECT_TRUE(parse(message(0x81a0, {}))->is_authentic) << "RFC 4035 §3.2.3: AD";
  EXPECT_EQ(parse(message(0x8183, {}))->rcode, 3U);
  EXPECT_EQ(rcode_name(3), "NXDOMAIN");
  EXPECT_EQ(rcode_name(5), "REFUSED");
  EXPECT_EQ(rcode_name(11), "RCODE11");
}

TEST(DnsMessage, KeepsOfTheAuthorityOnlyWhoseZoneItIs) {
  const auto parsed =
      parse(message(0x8183, {}, {record(kToShop, 6, kSoa), record(kToShop, 2, "\2ns" + kToShop)}));
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->authority.size(), 1U);
  EXPECT_EQ(parsed->authority[0].owner, "shop.example");
  EXPECT_EQ(parsed->authority[0].text, "7");
}

TEST(DnsMessage, RefusesRecordsThatDoNotHoldWhatTheySay) {
  for (const auto& [type, data] :
       std::vector<std::pair<unsigned, std::string>>{{1, "\1\2\3"},
                                                     {1, "\1\2\3\4\5"},
                                                     {28, "\1"},
                                                     {2, ""},
                                                     {2, "\x3fx"},
                                                     {15, "\1"},
                                                     {6, "\2ns" + kToShop},
                                                     {6, kSoa.substr(1)},
                                                     {16, "\5a"},
                                                     {257, "\1"},
                                                     {257, "\1\x9"}}) {
    SCOPED_TRACE(type);
    EXPECT_EQ(text_of(type, data), "(error)");
  }
}

TEST(DnsMessage, IsNotCaughtInALoopOfPointers) {
  const auto own_place = "\xc0" + std::string(1, static_cast<char>(12 + 14 + 4));
  EXPECT_FALSE(parse(message(0x8180, {record(own_place, 1, "\1\2\3\4")})));
}

TEST(DnsMessage, HasABound) {
  const std::vector<std::string> many(2'000, record(kToShop, 1, "\1\2\3\4"));
  const auto parsed = parse(message(0x8180, many));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->answer.size(), kMostRecords);
  EXPECT_FALSE(parse(std::string(70'000, 'x')));
}

// Under the sanitizers: no byte outside is read, whatever is wrong.
TEST(DnsMessage, SurvivesAnyCutAndAnyChange) {
  const auto whole =
      message(0x8180,
              {record(kToShop, 5, "\3www" + kToShop), record("\3www" + kToShop, 1, "\1\2\3\4"),
               record(kToShop, 15, u16(10) + "\2mx" + kToShop), record(kToShop, 16, "\3v=a\2 b"),
               record(kToShop, 257, std::string{"\0\5issueca.example", 17})},
              {record(kToShop, 6, kSoa)});
  ASSERT_TRUE(parse(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<std::uint8_t> exact(whole.begin(), whole.begin() + static_cast<long>(size));
    EXPECT_FALSE(parse_dns_message(exact)) << size;
  }
  SeededRng dice{7};
  std::size_t read = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> hostile(whole.begin(), whole.end());
    for (auto changes = 1 + dice.next() % 4; changes > 0; --changes) {
      hostile[dice.next() % hostile.size()] = static_cast<std::uint8_t>(dice.next());
    }
    if (const auto parsed = parse_dns_message(hostile)) {
      ++read;
      EXPECT_LE(parsed->answer.size(), kMostRecords);
    }
  }
  EXPECT_GT(read, 0U);
}

}  // namespace
}  // namespace webmon::fetch

#include "lib/core/id.hpp"

#include <gtest/gtest.h>

#include <set>

namespace webmon {
namespace {

TEST(Id, PrintsAndParsesToItself) {
  SeededRng rng{1};
  for (Partition p = 0; p < kPartitions; ++p) {
    const auto id = make_id<JobId>(store_time_ms(1'800'000'000'000), rng, p);
    const auto text = id.text();
    ASSERT_EQ(text.size(), JobId::kTextSize);
    const auto back = parse_id<JobId>(text);
    ASSERT_TRUE(back) << back.error().detail;
    EXPECT_EQ(*back, id);
    EXPECT_EQ(back->partition(), p);
  }
}

TEST(Id, CarriesTheTimeInItsFirst48Bits) {
  SeededRng rng{1};
  const auto id = make_id<JobId>(store_time_ms(0x0123456789ab), rng, 0);
  EXPECT_TRUE(id.text().starts_with("01234567-89ab-7")) << id.text();
}

TEST(Id, IsUniqueWithinOneMillisecond) {
  SeededRng rng{1};
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(make_id<JobId>(store_time_ms(1), rng, 7).text());
  EXPECT_EQ(seen.size(), 10'000U);
}

TEST(Id, DerivesTheSameIdFromTheSameSeed) {
  const auto a = derive_id<JobId>("key/asset", 5);
  EXPECT_EQ(a, derive_id<JobId>("key/asset", 5));
  EXPECT_NE(a, derive_id<JobId>("key/other", 5));
  EXPECT_EQ(a.partition(), 5);
  EXPECT_TRUE(parse_id<JobId>(a.text()));
}

TEST(Id, RefusesEverythingButLowerCaseVersion7) {
  const std::string good = "0198a0b1-c2d3-7e4f-8a9b-0c1d2e3f4a5b";
  ASSERT_TRUE(parse_id<AssetId>(good));
  auto with = [&](std::size_t at, char c) {
    auto text = good;
    text[at] = c;
    return text;
  };
  const std::string bad[] = {"",
                             good.substr(1),
                             good + "0",
                             with(0, 'A'),
                             with(0, 'g'),
                             with(0, '\0'),
                             with(8, '0'),
                             with(9, '-'),
                             with(14, '4'),
                             with(19, 'c'),
                             "{" + good.substr(2) + "}"};
  for (const auto& text : bad) {
    SCOPED_TRACE(text);
    const auto id = parse_id<AssetId>(text);
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code, Errc::bad_input);
  }
}

TEST(Partition, FollowsTheRedisClusterChecksum) {
  // "123456789" has crc16 0x31c3 (Redis Cluster specification, appendix A).
  EXPECT_EQ(partition_of_host("123456789"), 0x31c3 % kPartitions);
}

TEST(Partition, IgnoresTheCaseOfTheHost) {
  EXPECT_EQ(partition_of_host("WWW.Example.ORG"), partition_of_host("www.example.org"));
}

TEST(Partition, SpreadsLoopbackAddresses) {
  std::set<Partition> used;
  for (int i = 1; i < 255; ++i)
    for (int j = 0; j < 8; ++j)
      used.insert(partition_of_host("127.0." + std::to_string(j) + "." + std::to_string(i)));
  EXPECT_EQ(used.size(), kPartitions);
}

TEST(Token, IsNeverTheSameTwice) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(make_token(system_rng()));
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_EQ(seen.begin()->size(), 32U);
}

TEST(SeededRng, RepeatsItsSequence) {
  SeededRng a{42};
  SeededRng b{42};
  EXPECT_EQ(a.next(), b.next());
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), SeededRng{43}.next());
}

}  // namespace
}  // namespace webmon

#include "cli/demo_site.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace webmon::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DemoPages, TheNewsAreDefacedAfterTheirLastGoodFetchAndNotBefore) {
  SeededRng rng{1};
  const auto good = demo_answer(DemoPage::news, kDefacedAfter, rng);
  EXPECT_EQ(good.body, demo_answer(DemoPage::news, 1, rng).body);
  EXPECT_THAT(good.body, Not(HasSubstr("<iframe")));
  EXPECT_THAT(demo_answer(DemoPage::news, kDefacedAfter + 1, rng).body, HasSubstr("<iframe"));
}

TEST(DemoPages, BehaveAsTheyAreNamed) {
  SeededRng rng{1};
  EXPECT_EQ(demo_answer(DemoPage::failing, 1, rng).status, 503);
  EXPECT_NE(demo_answer(DemoPage::shop, 1, rng).body, demo_answer(DemoPage::shop, 1, rng).body);
  EXPECT_EQ(demo_answer(DemoPage::home, 1, rng).body, demo_answer(DemoPage::home, 50, rng).body);
  for (int i = 0; i < 50; ++i) {
    const auto delay = demo_answer(DemoPage::slow, 1, rng).delay;
    EXPECT_GE(delay, milliseconds{300});
    EXPECT_LE(delay, milliseconds{800});
  }
}

TEST(DemoPages, CountChecksAloneAsFetches) {
  SeededRng rng{1};
  unsigned fetches = kDefacedAfter;
  const auto ask = [&](const char* target, const char* agent) {
    const auto head =
        std::string{"GET "} + target + " HTTP/1.1\r\nUser-Agent: " + agent + "\r\n\r\n";
    return demo_response(DemoPage::news, head, fetches, rng);
  };
  const auto good = ask("/news", "Mozilla/5.0").body;
  EXPECT_EQ(ask("/robots.txt", "webmon/0.1").status, 404);
  EXPECT_EQ(ask("/news2", "webmon/0.1").status, 404);
  EXPECT_EQ(fetches, kDefacedAfter);
  EXPECT_NE(ask("/news", "webmon/0.1").body, good) << "defaced";
  EXPECT_EQ(fetches, kDefacedAfter + 1);
}

TEST(DemoAddresses, CountUpOnLoopbackOnly) {
  const auto addresses = demo_addresses({"127.0.0.11", 8090});
  ASSERT_TRUE(addresses);
  EXPECT_EQ(addresses->front().host, "127.0.0.11");
  EXPECT_EQ(addresses->back().host, "127.0.0.16");
  EXPECT_FALSE(demo_addresses({"10.0.0.1", 80}));
  EXPECT_FALSE(demo_addresses({"127.0.0.254", 80}));
}

}  // namespace
}  // namespace webmon::cli

// The desk and the rounds with the real fetcher and a real nginx, in memory only; with Redis:
// worker_redistest.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "pipeline/executor/side_rounds.hpp"
#include "tests/support/nginx_server.hpp"
#include "tests/support/unbound_server.hpp"

namespace webmon::executor {
namespace {

std::string body_of(const Page& page) { return page.body; }
std::string throw_on(const Page&) { throw std::runtime_error{"on purpose"}; }
std::string too_long(const Page&) { return std::string(kMaxSideAnswer + 1, 'x'); }

constexpr Plugin kPlugin{.name = "t-side", .number = 240, .version = 1};
const StoreTime kAsked = store_time_ms(1'790'000'000'000);

class SideDeskTest : public ::testing::Test {
 protected:
  struct Heard {
    Side side;
    bool is_fresh = false;
  };

  SideDeskTest() { nginx_.write("one.txt", "one"); }

  static testing::NginxOptions options() {
    testing::NginxOptions options;
    options.https = {};
    options.server_snippet = R"(location /slow { limit_rate 1; }
      location = /agent { return 200 "$http_user_agent"; })";
    return options;
  }
  static fetch::FetcherConfig config() {
    fetch::FetcherConfig config;
    config.policy = fetch::AddressPolicy{{*fetch::parse_cidr("127.0.0.0/8")}, {}};
    return config;
  }
  SidePlan plan(const std::string& path, seconds lifetime = seconds{60}) {
    return {&kPlugin, {.target = nginx_.http_url(path), .lifetime = lifetime, .digest = body_of}};
  }
  SideDesk::Ticket ask(SidePlan plan, std::optional<Heard>& heard) {
    return desk_.ask(plan, kAsked, std::nullopt, [&heard](Side side, bool is_fresh) {
      heard = {std::move(side), is_fresh};
    });
  }
  Heard answer_to(SidePlan plan) {
    std::optional<Heard> heard;
    ask(std::move(plan), heard);
    turn_until([&] { return heard.has_value(); });
    return *heard;
  }
  void turn_until(const std::function<bool()>& is_true) {
    const auto deadline = system_clock().mono() + seconds{30};
    while (!is_true()) {
      if (system_clock().mono() > deadline) throw std::runtime_error{"no answer"};
      loop_.turn(milliseconds{10});
    }
  }
  testing::NginxServer nginx_{options()};
  Loop loop_;
  fetch::Fetcher pages_{loop_, system_clock(), config()};
  fetch::FetchLimits limits_;
  SideCounters counters_;
  SideDesk desk_{{.loop = loop_, .pages = pages_, .limits = limits_, .counters = &counters_}};
};

TEST_F(SideDeskTest, AsksOnceAndKeepsTheAnswer) {
  const auto first = answer_to(plan("/one.txt"));
  EXPECT_EQ(*first.side, (store::KeptSide{.is_ok = true, .obtained = kAsked, .text = "one"}));
  EXPECT_TRUE(first.is_fresh);
  std::optional<Heard> second;
  EXPECT_EQ(ask(plan("/one.txt"), second), 0U);
  ASSERT_TRUE(second) << "at hand";
  EXPECT_EQ(second->side->text, "one");
  EXPECT_FALSE(second->is_fresh);
  EXPECT_EQ(counters_.asked, 1U);
}

TEST_F(SideDeskTest, AsksAgainWhatHasNoLifetime) {
  EXPECT_TRUE(answer_to(plan("/one.txt", seconds{0})).is_fresh);
  EXPECT_TRUE(answer_to(plan("/one.txt", seconds{0})).is_fresh);
}

TEST_F(SideDeskTest, ManyWhoAskTheSameWaitForOneRequest) {
  std::vector<std::optional<Heard>> heard(20);
  for (auto& one : heard) EXPECT_NE(ask(plan("/one.txt"), one), 0U);
  turn_until([&] { return std::ranges::all_of(heard, [](auto& h) { return h.has_value(); }); });
  EXPECT_EQ(counters_.asked, 1U);
}

TEST_F(SideDeskTest, WhoDropsIsNotToldAndTheAnswerIsKeptAllTheSame) {
  std::optional<Heard> dropped;
  desk_.drop(ask(plan("/one.txt"), dropped));
  EXPECT_EQ(answer_to(plan("/one.txt")).side->text, "one");
  EXPECT_FALSE(dropped);
  EXPECT_EQ(counters_.asked, 1U);
}

TEST_F(SideDeskTest, AnAgentOfItsOwnIsARequestOfItsOwn) {
  EXPECT_TRUE(answer_to(plan("/agent")).side->text.starts_with("webmon/"));
  auto as_bot = plan("/agent");
  as_bot.request.user_agent = "bot/1";
  EXPECT_EQ(answer_to(as_bot).side->text, "bot/1");
}

TEST_F(SideDeskTest, WhatDoesNotAnswerIsKeptTooAndSaysWhy) {
  nginx_.stop();
  EXPECT_EQ(answer_to(plan("/one.txt")).side->text, "connect");
  nginx_.start();
  const auto again = answer_to(plan("/one.txt"));
  EXPECT_FALSE(again.side->is_ok);
  EXPECT_FALSE(again.is_fresh);
}

TEST(SideLifetime, WhatIsTroubleForNowIsAskedAgainSoon) {
  const SideRequest daily{.target = {}, .lifetime = seconds{86'400}};
  for (const int lasting : {0, 200, 304, 404})
    EXPECT_EQ(side_lifetime(daily, true, lasting), seconds{86'400}) << lasting;
  for (const int passing : {429, 500, 503})
    EXPECT_EQ(side_lifetime(daily, true, passing), seconds{600}) << passing;
  EXPECT_EQ(side_lifetime(daily, false, 0), seconds{600});
  const SideRequest often{.target = {}, .lifetime = seconds{60}};
  EXPECT_EQ(side_lifetime(often, false, 0), seconds{60});
}

TEST_F(SideDeskTest, AHostIsAskedNoMoreThanItsBudget) {
  for (int i = 0; i < 20; ++i)
    EXPECT_TRUE(answer_to(plan("/one.txt?" + std::to_string(i))).side->is_ok);
  const auto over = answer_to(plan("/one.txt?over"));
  EXPECT_FALSE(over.side->is_ok);
  EXPECT_EQ(over.side->text, kSideOverBudget);
  EXPECT_EQ(counters_.asked, 20U);
  EXPECT_EQ(counters_.refused, 1U);
}

TEST_F(SideDeskTest, AHostIsAskedOneThingAtATime) {
  std::vector<std::optional<Heard>> heard(8);
  for (std::size_t i = 0; i < heard.size(); ++i) {
    ask(plan("/one.txt?" + std::to_string(i)), heard[i]);
    EXPECT_EQ(pages_.in_flight(), 1U);
  }
  turn_until([&] {
    EXPECT_LE(pages_.in_flight(), 1U);
    return heard.back().has_value();
  });
}

TEST_F(SideDeskTest, ADigestThatFailsIsNoAnswer) {
  auto thrown = plan("/one.txt");
  thrown.request.digest = throw_on;
  EXPECT_EQ(answer_to(thrown).side->text, "digest_failed");
  auto long_one = plan("/one.txt?long");
  long_one.request.digest = too_long;
  EXPECT_EQ(answer_to(long_one).side->text, "digest_too_long");
}

TEST_F(SideDeskTest, RefusesWhatItCannotAsk) {
  auto bad = plan("/one.txt");
  bad.request.target = "not a url";
  EXPECT_EQ(answer_to(bad).side->text, kSideUnsupported);
}

TEST_F(SideDeskTest, NamesAreAskedOfTheNameServersOnceAndKept) {
  const testing::UnboundServer resolver{{{"shop.example", R"($TTL 300
@ IN SOA ns hostmaster 7 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
@ A 127.0.0.5
)"}}};
  fetch::Records records{loop_, system_rng(), resolver.address()};
  SideDesk desk{{.loop = loop_,
                 .pages = pages_,
                 .limits = limits_,
                 .records = &records,
                 .counters = &counters_}};
  const SidePlan plan{&kPlugin, {.kind = SideRequest::Kind::dns, .target = "shop.example"}};
  std::vector<Heard> heard;
  const auto hear = [&](Side side, bool is_fresh) { heard.push_back({std::move(side), is_fresh}); };
  EXPECT_NE(desk.ask(plan, kAsked, std::nullopt, hear), 0U);
  EXPECT_NE(desk.ask(plan, kAsked, std::nullopt, hear), 0U);
  turn_until([&] { return heard.size() == 2; });
  EXPECT_EQ(desk.ask(plan, kAsked, std::nullopt, hear), 0U);
  ASSERT_EQ(heard.size(), 3U);
  for (const auto& one : heard) {
    EXPECT_TRUE(one.side->is_ok);
    EXPECT_NE(one.side->text.find(R"("a":["127.0.0.5"])"), std::string::npos) << one.side->text;
  }
  EXPECT_TRUE(heard[1].is_fresh);
  EXPECT_FALSE(heard[2].is_fresh);
  EXPECT_EQ(counters_.asked, 1U);
}

TEST_F(SideDeskTest, RefusesNamesThatAreNone) {
  fetch::Records records{loop_, system_rng(), "127.0.0.1:1"};
  SideDesk desk{{.loop = loop_, .pages = pages_, .limits = limits_, .records = &records}};
  std::optional<Heard> heard;
  EXPECT_EQ(desk.ask({&kPlugin, {.kind = SideRequest::Kind::dns, .target = "127.0.0.1"}}, kAsked,
                     std::nullopt,
                     [&](Side side, bool) {
                       heard = {std::move(side), false};
                     }),
            0U);
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->side->text, kSideUnsupported);
}

TEST_F(SideDeskTest, RoundsGoOnUntilNothingNewIsWanted) {
  int asked = 0;
  const auto wishes = [&](std::span<const SideAnswer> known) {
    ++asked;
    std::vector<SidePlan> all{plan("/one.txt")};
    if (!known.empty()) all.push_back(plan("/agent"));
    return all;
  };
  bool is_done = false;
  SideRounds rounds{desk_, loop_, kAsked, std::nullopt, wishes, [&] { is_done = true; }};
  rounds.start();
  turn_until([&] { return is_done; });
  ASSERT_EQ(rounds.answers().size(), 2U);
  EXPECT_EQ(rounds.answers()[0].side->text, "one");
  EXPECT_TRUE(rounds.answers()[1].side->text.starts_with("webmon/"));
  EXPECT_EQ(asked, 3);
}

TEST_F(SideDeskTest, AWishWithoutEndIsCutOff) {
  const auto wishes = [&](std::span<const SideAnswer> known) {
    return std::vector<SidePlan>{plan("/one.txt?" + std::to_string(known.size()))};
  };
  bool is_done = false;
  SideRounds rounds{desk_, loop_, kAsked, std::nullopt, wishes, [&] { is_done = true; }};
  rounds.start();
  turn_until([&] { return is_done; });
  EXPECT_EQ(rounds.answers().size(), kSideRounds);
}

TEST_F(SideDeskTest, ACheckDoesNotWaitForASlowSide) {
  nginx_.write("slow/page.txt", std::string(100'000, 'x'));
  const auto wishes = [&](auto) {
    return std::vector<SidePlan>{plan("/slow/page.txt"), plan("/one.txt")};
  };
  bool is_done = false;
  const auto began = loop_.now();
  SideRounds rounds{desk_, loop_, kAsked, std::nullopt, wishes, [&] { is_done = true; }};
  rounds.start();
  turn_until([&] { return is_done; });
  EXPECT_LT(loop_.now() - began, 2 * kSideWait);
  ASSERT_EQ(rounds.answers().size(), 2U);
  EXPECT_FALSE(rounds.answers()[0].side->is_ok);
}

}  // namespace
}  // namespace webmon::executor

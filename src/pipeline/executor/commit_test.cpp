#include "pipeline/executor/commit.hpp"

#include <gtest/gtest.h>

namespace webmon::executor {
namespace {

const store::HistoryLayout kLayout{{25000, 25001}};

struct Given {
  store::AssetHead head;
  Page page;
  Given() {
    head.rev = 7;
    head.n = 3;
    head.state = AssetState::degraded;
    head.observed = store_time_ms(5'000);
    head.history_layout = kLayout.id();
    page.observed_at = store_time_ms(6'000);
  }
  store::FinishArgs finish() const {
    CheckResult result;
    result.state = AssetState::up;
    result.model = "model";
    Report report;
    report.plugin = 250;
    report.metrics = {{25001, 4}};
    result.entries.push_back({std::move(report), "state"});
    return make_finish(head, page, std::move(result), JobId{}, "token", kLayout);
  }
};

TEST(MakeFinish, CommitsAgainstTheRevisionRead) {
  const Given given;
  const auto args = given.finish();
  EXPECT_EQ(args.rev, 7U);
  EXPECT_EQ(args.old_state, AssetState::degraded);
  EXPECT_EQ(args.new_state, AssetState::up);
  EXPECT_EQ(args.observed, given.page.observed_at);
  EXPECT_EQ(args.model, "model");
  EXPECT_EQ(args.history_offset, kLayout.offset(3));
  EXPECT_TRUE(args.history_header.empty());
  const auto blob = store::decode_report_blob(args.report);
  ASSERT_TRUE(blob);
  EXPECT_EQ(blob->observed, given.page.observed_at);
  EXPECT_EQ(blob->entries.at(0).state, "state");
}

TEST(MakeFinish, ALateObservationGoesIntoTheHistoryOnly) {
  Given given;
  given.page.observed_at = store_time_ms(4'999);
  const auto args = given.finish();
  EXPECT_TRUE(args.model.empty());
  EXPECT_TRUE(args.report.empty());
  EXPECT_EQ(args.new_state, AssetState::degraded) << "the newer observation's state stays";
  EXPECT_FALSE(args.history_row.empty());
  given.page.observed_at = given.head.observed;
  EXPECT_FALSE(given.finish().model.empty()) << "the same moment is not late";
}

TEST(MakeFinish, ANewLayoutStartsANewRing) {
  Given given;
  given.head.history_layout = 0;
  const auto args = given.finish();
  EXPECT_EQ(args.history_header, kLayout.header());
  EXPECT_EQ(args.history_size, kLayout.ring_bytes());
  EXPECT_EQ(args.history_layout, kLayout.id());
}

TEST(IsSameRequest, LooksAtWhatIsFetchedAndNotAtTagsOrPlugins) {
  Asset one;
  one.url = *parse_url("http://a.example/");
  auto other = one;
  other.tags = {"t"};
  other.version = 9;
  EXPECT_TRUE(is_same_request(one, other));
  other.ignore = IgnoreRules{};
  EXPECT_FALSE(is_same_request(one, other)) << "less of the page counts, or more";
  other = one;
  other.request.emplace().method = "HEAD";
  EXPECT_FALSE(is_same_request(one, other));
  other = one;
  other.tls_verify = false;
  EXPECT_FALSE(is_same_request(one, other));
}

}  // namespace
}  // namespace webmon::executor

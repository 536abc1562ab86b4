#include "pipeline/api/asset_where.hpp"

#include <gmock/gmock.h>

#include "lib/core/plugin.hpp"

namespace webmon::api {
namespace {

constexpr std::array kFirstMetrics = {
    MetricSpec{"total_ms", 24'001, "ms", true, 1, 0.1, "How long it took."},
    MetricSpec{"status", 24'002, "code", false, 1, 0, "Status code."}};
constexpr std::array kSecondMetrics = {
    MetricSpec{"status", 24'101, "code", false, 1, 0, "Another one of that name."}};
constexpr Plugin kFirst{
    .name = "first-probe", .number = 240, .version = 1, .metrics = kFirstMetrics};
constexpr Plugin kSecond{
    .name = "second-probe", .number = 241, .version = 1, .metrics = kSecondMetrics};
const Registration kRegisterFirst{kFirst};
const Registration kRegisterSecond{kSecond};

store::AssetHead head() {
  store::AssetHead made;
  made.asset.url = *parse_url("http://a.example/x");
  made.state = AssetState::down;
  made.n = 7;
  return made;
}

store::ReportBlob reports() {
  store::ReportBlob blob;
  Report report;
  report.plugin = 240;
  report.metrics = {{24'001, 812.5}, {24'002, 503}};
  blob.entries.push_back({report, {}});
  return blob;
}

bool holds(std::string_view text) {
  const auto condition = Condition::parse(text);
  EXPECT_TRUE(condition) << text << ": " << (condition ? "" : condition.error().detail);
  return condition && condition->holds(head(), reports());
}

std::string refusal(std::string_view text) {
  const auto condition = Condition::parse(text);
  return condition ? "accepted" : condition.error().code + ": " + condition.error().detail;
}

TEST(Condition, ComparesMetricsWithNumbers) {
  struct Case {
    const char* text;
    bool holds;
  };
  constexpr Case kCases[] = {{"first-probe.total_ms>812", true}, {"total_ms > 812.5", false},
                             {"total_ms>=812.5", true},          {"total_ms<1e3", true},
                             {"total_ms<=812.4", false},         {"first-probe.status = 503", true},
                             {"first-probe.status!=503", false}, {"first-probe.status!=-1", true}};
  for (const auto& c : kCases) EXPECT_EQ(holds(c.text), c.holds) << c.text;
}

TEST(Condition, ComparesFieldsOfTheAsset) {
  EXPECT_TRUE(holds("state=down"));
  EXPECT_FALSE(holds("state != down"));
  EXPECT_TRUE(holds("host=a.example"));
  EXPECT_TRUE(holds("enabled=true"));
  EXPECT_TRUE(holds("n>6"));
}

TEST(Condition, NothingHoldsOfAValueThatIsNotThere) {
  for (const auto* text :
       {"second-probe.status=0", "second-probe.status!=0", "interval_s<60", "interval_s!=60"}) {
    EXPECT_FALSE(holds(text)) << text;
  }
}

TEST(Condition, SaysWhatIsWrong) {
  using ::testing::HasSubstr;
  EXPECT_THAT(refusal("status>1"), HasSubstr("first-probe.status second-probe.status"));
  EXPECT_THAT(refusal("colour>1"), HasSubstr("no metric or field is called \"colour\""));
  EXPECT_THAT(refusal("first-probe.colour>1"), HasSubstr("bad_query: no metric"));
  EXPECT_THAT(refusal("state>down"), HasSubstr("only be compared with = and !="));
  EXPECT_THAT(refusal("total_ms>fast"), HasSubstr("\"fast\" is not a number"));
  EXPECT_THAT(refusal("total_ms>"), HasSubstr("not a number"));
  EXPECT_THAT(refusal("total_ms"), HasSubstr("write NAME > NUMBER"));
  EXPECT_THAT(refusal("total_ms!5"), HasSubstr("the operators are"));
}

}  // namespace
}  // namespace webmon::api

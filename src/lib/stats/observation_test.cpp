#include "lib/stats/observation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/stats/specs_for_test.hpp"

namespace webmon {
namespace {

Report report(std::uint8_t plugin, std::vector<Metric> metrics) {
  Report out;
  out.plugin = plugin;
  out.metrics = std::move(metrics);
  return out;
}

/// A model of 60 equal observations.
Model history() {
  Model model;
  for (int i = 0; i < 60; ++i) {
    std::vector<Report> reports = {report(1, {{101, 100}, {102, 20}, {103, 200}}),
                                   report(3, {{301, 10}, {302, 0}, {303, 20'000}, {304, 900}})};
    judge(model, reports, true, false, find_test_spec);
    for (const Report& r : reports) EXPECT_EQ(r.state, ReportState::ok);
  }
  return model;
}

TEST(Judge, LearnsEveryStatisticalMetricAndReturnsTheModel) {
  Model model = history();
  std::vector<Report> reports = {report(3, {{301, 10}, {302, 0}})};
  const Judgement judgement = judge(model, reports, true, false, find_test_spec);
  ASSERT_EQ(judgement.stats.size(), 6U) << "also those not seen this time";
  EXPECT_EQ(judgement.stats[2].number, 301);
  EXPECT_EQ(judgement.stats[2].n, 61U);
  EXPECT_EQ(judgement.stats[0].number, 101);
  EXPECT_EQ(judgement.stats[0].n, 60U);
  EXPECT_TRUE(reports[0].findings.empty());
}

TEST(Judge, WritesTheFindingIntoTheReportThatOwnsTheMetric) {
  Model model = history();
  std::vector<Report> reports = {report(1, {{101, 100}}), report(3, {{302, 1}, {301, 11}})};
  judge(model, reports, true, false, find_test_spec);
  EXPECT_EQ(reports[0].state, ReportState::ok);
  EXPECT_TRUE(reports[0].findings.empty());
  EXPECT_EQ(reports[1].state, ReportState::crit);
  EXPECT_EQ(reports[1].reason, "excessive_change");
  ASSERT_EQ(reports[1].findings.size(), 1U);
  EXPECT_EQ(reports[1].findings[0].severity, Severity::crit);
}

TEST(Judge, DoesNothingIfItMayNotLearn) {
  Model model = history();
  const Model before = model;
  std::vector<Report> reports = {report(3, {{302, 7}})};
  EXPECT_TRUE(judge(model, reports, false, false, find_test_spec).stats.empty());
  EXPECT_EQ(model, before);
  EXPECT_TRUE(reports[0].findings.empty());
  EXPECT_EQ(reports[0].state, ReportState::ok);
}

TEST(Judge, PassesOverReportsThatAreNoVerdict) {
  for (const ReportState state :
       {ReportState::skipped, ReportState::error, ReportState::inconclusive}) {
    Model model = history();
    const Model before = model;
    std::vector<Report> reports = {report(3, {{302, 7}})};
    reports[0].state = state;
    judge(model, reports, true, false, find_test_spec);
    EXPECT_EQ(model, before);
    EXPECT_EQ(reports[0].state, state);
    EXPECT_TRUE(reports[0].findings.empty());
  }
}

TEST(Judge, NeverMakesAReportBetter) {
  Model model = history();
  std::vector<Report> reports = {report(3, {{303, 90'000}})};
  reports[0].state = ReportState::crit;
  reports[0].reason = "own_reason";
  judge(model, reports, true, false, find_test_spec);
  EXPECT_EQ(reports[0].state, ReportState::crit);
  EXPECT_EQ(reports[0].reason, "own_reason");
  EXPECT_EQ(reports[0].findings.size(), 1U);
}

TEST(Judge, SlownessWarnsByTheTotalAndExplainsByThePhase) {
  Model model = history();
  std::vector<Report> reports = {report(1, {{102, 9000}})};
  judge(model, reports, true, false, find_test_spec);
  EXPECT_EQ(reports[0].state, ReportState::ok);
  ASSERT_EQ(reports[0].findings.size(), 1U);
  EXPECT_EQ(reports[0].findings[0].severity, Severity::info);
  reports = {report(1, {{101, 9100}, {102, 9000}})};
  Model fresh = history();
  judge(fresh, reports, true, false, find_test_spec);
  EXPECT_EQ(reports[0].state, ReportState::warn);
  EXPECT_EQ(reports[0].reason, "slow");
  EXPECT_EQ(reports[0].findings.size(), 2U);
  EXPECT_EQ(reports[0].findings[0].severity, Severity::warn) << "worst first";
}

TEST(Judge, TakesSeveralExtremeChangesForGrave) {
  Model model = history();
  Model same = model;
  std::vector<Report> two = {report(3, {{301, 500}, {303, 900'000}})};
  judge(model, two, true, false, find_test_spec);
  EXPECT_EQ(two[0].state, ReportState::warn);
  std::vector<Report> three = {report(3, {{301, 500}, {303, 900'000}, {304, 90'000}})};
  judge(same, three, true, false, find_test_spec);
  EXPECT_EQ(three[0].state, ReportState::crit);
}

TEST(Judge, KeepsTheWorstEightFindings) {
  Model model;
  std::vector<Metric> usual;
  std::vector<Metric> wild;
  for (std::uint16_t i = 0; i < 20; ++i) {
    const auto number = static_cast<std::uint16_t>(1000 + i);
    usual.push_back({number, 0});
    wild.push_back({number, 5.0 + i});
  }
  for (int i = 0; i < 30; ++i) {
    std::vector<Report> reports = {report(9, usual)};
    judge(model, reports, true, false, find_any_spec);
  }
  std::vector<Report> reports = {report(9, wild)};
  judge(model, reports, true, false, find_any_spec);
  const auto& findings = reports[0].findings;
  ASSERT_EQ(findings.size(), kMaxStatisticalFindings);
  EXPECT_NE(findings.front().evidence.find("z=24 "), std::string::npos);
  EXPECT_NE(findings.back().evidence.find("z=17 "), std::string::npos);
}

// A redesign is told, and then learned: it is not an alarm for ever.
TEST(Judge, GetsUsedToANewNormal) {
  Model model = history();
  int flagged = 0;
  for (int i = 0; i < 60; ++i) {
    std::vector<Report> reports = {report(3, {{302, 1}})};
    judge(model, reports, true, false, find_test_spec);
    flagged += reports[0].state == ReportState::ok ? 0 : 1;
  }
  EXPECT_GE(flagged, 1);
  EXPECT_LE(flagged, 5);
}

constexpr Plugin kContentPlugin{
    .name = "content", .number = 3, .version = 1, .describes_content = true};
const Registration kContentRegistration{kContentPlugin};

TEST(Judge, TellsContentAsInfoWhereThePageAsAWholeIsUsual) {
  Model model = history();
  std::vector<Report> reports = {report(1, {{101, 9000}}), report(3, {{302, 1}})};
  judge(model, reports, true, true, find_test_spec);
  EXPECT_EQ(reports[0].state, ReportState::warn) << "how it is served is not what it contains";
  EXPECT_EQ(reports[1].state, ReportState::ok);
  ASSERT_EQ(reports[1].findings.size(), 1U);
  EXPECT_EQ(reports[1].findings[0].severity, Severity::info);
}

TEST(Judge, PutsTheFindingOfThePageFirst) {
  Report one = report(3, {});
  Finding other, change;
  other.code = "other";
  change.code = "excessive_change";
  change.severity = Severity::crit;
  one.findings.push_back(other);
  add_first(one, change);
  EXPECT_EQ(one.findings[0].code, "excessive_change");
  EXPECT_EQ(one.state, ReportState::crit);
  EXPECT_EQ(one.reason, "excessive_change");
}

}  // namespace
}  // namespace webmon

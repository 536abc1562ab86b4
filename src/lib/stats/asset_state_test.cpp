#include "lib/stats/asset_state.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace webmon {
namespace {

constexpr std::uint8_t kOther = 3;

Report report(std::uint8_t plugin, ReportState state, std::string reason = {}) {
  Report out;
  out.plugin = plugin;
  out.state = state;
  out.reason = std::move(reason);
  return out;
}

Report changed(std::uint8_t plugin, ReportState state, Severity severity = Severity::warn) {
  Report out = report(plugin, state, "excessive_change");
  Finding finding;
  finding.severity = severity;
  finding.code = "excessive_change";
  out.findings.push_back(finding);
  return out;
}

TEST(AssetState, FollowsTheTable) {
  using enum ReportState;
  struct Case {
    const char* name;
    std::vector<Report> reports;
    AssetState want;
  };
  const Report fine = report(kHttpProbe, ok);
  for (const Case& c : std::vector<Case>{
           {"none", {}, AssetState::unknown},
           {"all well", {fine, report(kOther, ok)}, AssetState::up},
           {"skipped does not count", {fine, report(kOther, skipped)}, AssetState::up},
           {"error does not count", {fine, report(kOther, error)}, AssetState::up},
           {"probe crit",
            {report(kHttpProbe, crit, "dns"), report(kOther, skipped)},
            AssetState::down},
           {"tls failure",
            {report(kHttpProbe, crit, "tls"), report(6, crit, "certificate_expired")},
            AssetState::down},
           {"down wins over changed",
            {changed(kOther, crit), report(kHttpProbe, crit, "http_5xx")},
            AssetState::down},
           {"not the page itself",
            {fine, report(kPageClass, crit, "parked"), report(kOther, skipped)},
            AssetState::down},
           {"blocked",
            {report(kHttpProbe, inconclusive, "blocked"), report(kPageClass, inconclusive)},
            AssetState::inconclusive},
           {"a login in its place",
            {fine, report(kPageClass, inconclusive, "login"), report(6, crit)},
            AssetState::inconclusive},
           {"inconclusive",
            {report(kHttpProbe, inconclusive), report(6, crit)},
            AssetState::inconclusive},
           {"nobody said anything",
            {report(kHttpProbe, error), report(kOther, skipped)},
            AssetState::inconclusive},
           {"changed", {fine, changed(kOther, warn)}, AssetState::changed},
           {"changed wins over degraded",
            {fine, report(6, crit), changed(kOther, warn)},
            AssetState::changed},
           {"the probe's own statistics",
            {changed(kHttpProbe, crit), report(kOther, ok)},
            AssetState::changed},
           {"slow", {report(kHttpProbe, warn, "slow"), report(kOther, ok)}, AssetState::degraded},
           {"certificate",
            {fine, report(6, crit, "certificate_expires_soon")},
            AssetState::degraded},
           {"an info finding is no change",
            {fine, changed(kOther, ok, Severity::info)},
            AssetState::up}}) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(decide_state(c.reports), c.want);
  }
}

TEST(AssetState, LearnsOnlyFromPagesThatAnswered) {
  EXPECT_TRUE(may_learn(AssetState::up));
  EXPECT_TRUE(may_learn(AssetState::degraded));
  EXPECT_TRUE(may_learn(AssetState::changed));
  EXPECT_FALSE(may_learn(AssetState::down));
  EXPECT_FALSE(may_learn(AssetState::inconclusive));
  EXPECT_FALSE(may_learn(AssetState::unknown));
}

}  // namespace
}  // namespace webmon

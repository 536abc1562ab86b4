#include "lib/core/plugin.hpp"

#include <gtest/gtest.h>

#include <array>

namespace webmon {
namespace {

constexpr std::array<MetricSpec, 2> kMetrics = {
    MetricSpec{"first_ms", 20100, "ms", true, 1, 0.1, "A time."},
    MetricSpec{"second_count", 20101, "count", false, 0, 0, "A count."}};
constexpr Plugin kLate{.name = "late", .number = 201, .version = 1, .metrics = kMetrics};
constexpr Plugin kEarly{.name = "early", .number = 200, .version = 1};
const Registration kLateRegistration{kLate};
const Registration kEarlyRegistration{kEarly};

TEST(Registry, ListsPluginsByNumber) {
  const auto plugins = all_plugins();
  ASSERT_EQ(plugins.size(), 2U);
  EXPECT_EQ(plugins[0], &kEarly);
  EXPECT_EQ(plugins[1], &kLate);
}

TEST(Registry, FindsByNameNumberAndMetric) {
  EXPECT_EQ(find_plugin("late"), &kLate);
  EXPECT_EQ(find_plugin(std::uint8_t{200}), &kEarly);
  EXPECT_EQ(find_plugin("nobody"), nullptr);
  EXPECT_EQ(find_plugin(std::uint8_t{9}), nullptr);
  ASSERT_NE(find_metric(20101), nullptr);
  EXPECT_EQ(find_metric(20101)->name, "second_count");
  EXPECT_EQ(find_metric(1), nullptr);
}

TEST(RegistryDeathTest, AbortsWhenTwoPluginsShareANameOrNumber) {
  constexpr Plugin same_number{.name = "other", .number = 201, .version = 1};
  constexpr Plugin same_name{.name = "late", .number = 202, .version = 1};
  EXPECT_DEATH(Registration{same_number}, "share a name or number: late, other");
  EXPECT_DEATH(Registration{same_name}, "share a name or number: late, late");
}

TEST(Report, NamesStatesAndSeveritiesStably) {
  EXPECT_EQ(to_string(ReportState::ok), "ok");
  EXPECT_EQ(to_string(ReportState::inconclusive), "inconclusive");
  EXPECT_EQ(to_string(ReportState::skipped), "skipped");
  EXPECT_EQ(to_string(Severity::crit), "crit");
}

}  // namespace
}  // namespace webmon

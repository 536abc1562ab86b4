/// What one plugin says of one page. Metrics are numbers with a unit, facts are other values,
/// findings are what a person should know.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/result.hpp"

namespace webmon {

enum class ReportState : std::uint8_t { ok, warn, crit, inconclusive, error, skipped };
std::string_view to_string(ReportState state) noexcept;

enum class Severity : std::uint8_t { info, warn, crit };
std::string_view to_string(Severity severity) noexcept;

struct Metric {
  std::uint16_t number;  ///< permanent, of MetricSpec
  double value;          ///< finite
  bool operator==(const Metric&) const = default;
};

struct Finding {
  Severity severity = Severity::warn;
  std::string code;     ///< stable, snake_case: "excessive_change"
  std::string message;  ///< one sentence for people
  std::string expected;
  std::string seen;
  std::string evidence;  ///< excerpt, at most 512 bytes
  bool operator==(const Finding&) const = default;
};

struct Report {
  std::uint8_t plugin = 0;  ///< permanent number of the plugin
  std::uint8_t version = 0;
  ReportState state = ReportState::ok;
  std::string reason;  ///< stable reason code when the state is not ok; empty otherwise
  std::vector<Metric> metrics;
  boost::json::object facts;
  std::vector<Finding> findings;
};

/// Statistics of one metric over an asset's own history, as reported. All in the metric's unit.
struct MetricStats {
  std::uint16_t number = 0;
  std::uint32_t n = 0;
  double mean = 0;
  double sd = 0;  ///< sample standard deviation (n - 1); 0 if n < 2
  double min = 0;
  double max = 0;
  double last = 0;
  double z = 0;  ///< of `last` against the history before it, with the floor of the metric; 0
                 ///< during warm-up
};

}  // namespace webmon

/// Statistics of one metric in the form of the API: moments of its whole history, quantiles of its
/// recent values and of the whole history of timings, the band of values that are not excessive.
/// Pure. Internal to this folder.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <vector>

#include "lib/core/report.hpp"
#include "lib/stats/quantile_sketch.hpp"
#include "lib/store/history.hpp"

namespace webmon::api {

/// One value a sample of the history; nothing where there was none, or it was not learned because
/// it came late or the page was down or in doubt.
using Series = std::vector<std::optional<double>>;
Series series_of(const store::History& history, std::uint16_t metric);

/// A MetricStatistics without `history_quantiles`, `change_point` and `series`. `is_page_compared`:
/// the page is known well enough to be compared as a whole, which then says more than single
/// numbers of its content (lib/change).
boost::json::object statistics_body(const MetricStats& stats, const Series& recent,
                                    bool is_page_compared);
/// HistoryQuantiles of a timing's whole history, none of them beyond its extremes; null for
/// `nullptr`, which other metrics have.
boost::json::value history_quantiles_body(const QuantileSketch* sketch, const MetricStats& stats);
boost::json::array series_body(const Series& series);
/// Since when the values of `series`, one for each row of `history`, have the level that they have;
/// null if it is the same in all of them.
boost::json::value change_point_body(const Series& series, const store::History& history);

}  // namespace webmon::api

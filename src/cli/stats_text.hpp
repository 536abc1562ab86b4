/// Statistics of one asset (GET assets/{id}/statistics) as tables. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "cli/colour.hpp"

namespace webmon::cli {

/// All metrics, the most unusual last value first, with a line of their recent values (`series`)
/// and as many columns as there is room for. Metrics that have always been 0 only with
/// `with_zeros`.
std::string render_statistics(const boost::json::value& statistics, bool with_zeros, Look look);

/// The item of that metric, or nullptr.
const boost::json::value* find_metric_item(const boost::json::value& statistics,
                                           std::string_view name);
/// One of the items: its recent values drawn against mean and band, and its row of the table.
std::string render_metric(const boost::json::value& statistics, const boost::json::value& item,
                          Look look);

/// Only metrics whose last value is excessive (|z| >= 5): feature, value, z, and mean, sigma and n
/// of the history before it, which it was judged against. Empty if none.
std::string render_excesses(const boost::json::value& statistics, std::size_t width);

}  // namespace webmon::cli

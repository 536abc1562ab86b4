/// Statistics of one asset (GET assets/{id}/statistics) as tables. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>

namespace webmon::cli {

/// All metrics, the most unusual last value first. Metrics that have always been 0 only with
/// `with_zeros`.
std::string render_statistics(const boost::json::value& statistics, bool with_zeros,
                              std::size_t width);

/// Only metrics whose last value is excessive (|z| >= 5): feature, value, z, and mean, sigma and n
/// of the history before it, which it was judged against. Empty if none.
std::string render_excesses(const boost::json::value& statistics, std::size_t width);

}  // namespace webmon::cli

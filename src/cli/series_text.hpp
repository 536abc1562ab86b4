/// A numeric series as text: rows "timestamp,value" in, one JSON object a row out. Pure.
#pragma once

#include <string>
#include <string_view>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"
#include "lib/stats/series_detector.hpp"

namespace webmon::cli {

struct SeriesRow {
  StoreTime time;
  double value;
};

/// Where the columns are, from the first line: names in any order, others are passed over.
struct SeriesColumns {
  std::size_t timestamp = 0, value = 1;
};
/// Errors: bad_input, with what a first line looks like.
Result<SeriesColumns> parse_series_header(std::string_view line);

/// Times are "2014-04-01 00:05:00" (UTC) or RFC 3339 in UTC, values decimal. Errors: bad_input,
/// with what was expected.
Result<SeriesRow> parse_series_row(std::string_view line, const SeriesColumns& columns);

/// With a line end. An alert is a score of at least `threshold`.
std::string render_series_row(const SeriesRow& row, const SeriesVerdict& verdict, double threshold);

}  // namespace webmon::cli

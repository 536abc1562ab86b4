/// Series of numbers drawn with characters, one or two columns a value, oldest left. Pure; what the
/// terminal shows, and how wide it is, the caller knows.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/colour.hpp"

namespace webmon::cli {

/// Finite numbers; nothing leaves a gap.
using Values = std::span<const std::optional<double>>;

/// The newest `width` values as one line, one column each, from the least to the largest of them; a
/// constant is a line in the middle. Blocks, or with ASCII the more ink the more.
std::string sparkline(Values values, std::size_t width, bool has_unicode);

struct Chart {
  std::vector<std::optional<double>> values;
  std::optional<double> low, mean, high;  ///< lines across the chart, where they are
  std::vector<std::string> times;         ///< of the values; the ends stand below the axis
};
inline constexpr std::size_t kChartRows = 11;
/// kChartRows lines, an axis, and its times. Of more values than there are columns, the newest.
std::string render_chart(const Chart& chart, Look look);

}  // namespace webmon::cli

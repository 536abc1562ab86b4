/// Where a series took another level and kept it. Pure.
/// Source: Scott and Knott 1974 (binary segmentation by least squares); the noise is told from
/// differences of neighbours (von Neumann 1941), by their median, so that neither levels nor single
/// outliers count as noise.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace webmon {

struct Split {
  std::size_t at = 0;  ///< the first of the second part
  double gain = 0;     ///< by how much it lowers the sum of squared deviations from the mean
};
/// The one split into parts of at least `least` values, 1 or more, with the largest gain; the first
/// of equals. Nothing if there are fewer than twice as many values, or no split has a gain.
std::optional<Split> best_split(std::span<const double> values, std::size_t least);

inline constexpr std::size_t kLeastLevel = 4;  ///< values that make a level

struct ChangePoint {
  std::size_t at = 0;  ///< the first value of the level that lasts until the end
  double before = 0;   ///< median of the level before it
  double after = 0;    ///< and of those from it on
};
/// The last one. A shift of the means counts from five standard errors on, if the medians differ,
/// too. Of independent normal values one series in a hundred has one by chance. Nothing if there is
/// none, or a value is NaN or infinite.
std::optional<ChangePoint> last_change_point(std::span<const double> values);

}  // namespace webmon

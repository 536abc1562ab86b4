/// Quantiles of any number of non-negative values, such as durations, in bounded memory: how many
/// fell into each of the buckets (g^(i-1), g^i], g = (1 + kAccuracy) / (1 - kAccuracy). Not exact:
/// of few values, which are there as a whole, OrderedSample (robust.hpp) tells more. Pure.
/// A sketch depends on which values were added, not on their order or on how they were divided
/// among sketches that were merged.
/// Source: Masson, Rim, Lee 2019, "DDSketch: a fast and fully-mergeable quantile sketch with
/// relative-error guarantees", PVLDB 12, algorithms 1 to 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace webmon {

class QuantileSketch {
 public:
  static constexpr double kAccuracy = 0.03;  ///< relative error of a quantile, at most
  static constexpr double kLeast = 1e-3;     ///< values up to this count as 0; in the values' unit
  static constexpr double kMost = 1e9;       ///< values above count as this
  static constexpr std::size_t kMaxBuckets = 96;  ///< over it the lowest two become one
  static constexpr std::size_t kMaxBytes = 1 + kMaxBuckets * 7;  ///< of `put_into`

  /// Counts `value`. Returns false and changes nothing if it is negative, NaN or infinite. Does not
  /// allocate if its bucket is there.
  [[nodiscard]] bool add(double value);
  /// Becomes the sketch of what was added to either.
  void merge(const QuantileSketch& other);

  bool is_empty() const noexcept { return buckets_.empty(); }
  std::uint64_t count() const noexcept;
  /// A value within kAccuracy of the one of rank ceil(p * count) in ascending order (numpy's
  /// "inverted_cdf"); 0 if there are none. `p` is clamped to 0 to 1. Only what lies below the 96
  /// highest buckets that were ever hit (a factor of 300, if there is no gap) is told too high.
  double quantile(double p) const noexcept;

  /// Count of buckets u8; the buckets by ascending index i, each: varint count * 2, plus 1 if
  /// indices were left out before it, then varint how many less one.
  void put_into(std::string& out) const;
  /// Takes one from the front. Nothing if `put_into` cannot have written it.
  static std::optional<QuantileSketch> take_from(std::string_view& in);

  bool operator==(const QuantileSketch&) const = default;

 private:
  struct Bucket {
    std::uint16_t index;  ///< i above, of value / kLeast; 0: counts as 0
    std::uint32_t count;  ///< at least 1; saturates at 2^32 - 1
    bool operator==(const Bucket&) const = default;
  };
  void count_in(Bucket more);

  std::vector<Bucket> buckets_;  ///< ascending by index
};

}  // namespace webmon

#include "lib/stats/quantile_sketch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/stats/packed.hpp"
#include "lib/stats/saturating_sum.hpp"

namespace webmon {
namespace {

constexpr std::uint32_t kMaxCount = std::numeric_limits<std::uint32_t>::max();
const double kLogGamma =
    std::log((1 + QuantileSketch::kAccuracy) / (1 - QuantileSketch::kAccuracy));

std::uint16_t index_of(double value) noexcept {
  if (value <= QuantileSketch::kLeast) return 0;
  const double ratio = std::min(value, QuantileSketch::kMost) / QuantileSketch::kLeast;
  return static_cast<std::uint16_t>(std::ceil(std::log(ratio) / kLogGamma));
}

/// As far, relatively, from the bucket's lower end as from its upper end.
double value_of(std::uint16_t index) noexcept {
  if (index == 0) return 0;
  return QuantileSketch::kLeast * std::exp(index * kLogGamma) * (1 - QuantileSketch::kAccuracy);
}

}  // namespace

bool QuantileSketch::add(double value) {
  if (!std::isfinite(value) || value < 0) return false;
  count_in({index_of(value), 1});
  return true;
}

void QuantileSketch::merge(const QuantileSketch& other) {
  for (const Bucket& bucket : other.buckets_) count_in(bucket);
}

void QuantileSketch::count_in(Bucket more) {
  const auto at = std::ranges::lower_bound(buckets_, more.index, {}, &Bucket::index);
  if (at != buckets_.end() && at->index == more.index) {
    at->count = saturating_sum(at->count, more.count);
    return;
  }
  buckets_.insert(at, more);
  if (buckets_.size() <= kMaxBuckets) return;
  buckets_[1].count = saturating_sum(buckets_[0].count, buckets_[1].count);
  buckets_.erase(buckets_.begin());
}

std::uint64_t QuantileSketch::count() const noexcept {
  std::uint64_t sum = 0;
  for (const Bucket& bucket : buckets_) sum += bucket.count;
  return sum;
}

double QuantileSketch::quantile(double p) const noexcept {
  const double rank = std::ceil(std::clamp(p, 0.0, 1.0) * static_cast<double>(count()));
  std::uint64_t seen = 0;
  for (const Bucket& bucket : buckets_) {
    seen += bucket.count;
    if (static_cast<double>(seen) >= rank) return value_of(bucket.index);
  }
  return 0;
}

void QuantileSketch::put_into(std::string& out) const {
  packed::put(out, static_cast<std::uint8_t>(buckets_.size()));
  std::uint32_t next = 0;
  for (const Bucket& bucket : buckets_) {
    const std::uint32_t left_out = bucket.index - next;
    packed::put_varint(out, std::uint64_t{bucket.count} * 2 + (left_out > 0 ? 1 : 0));
    if (left_out > 0) packed::put_varint(out, left_out - 1);
    next = bucket.index + 1U;
  }
}

std::optional<QuantileSketch> QuantileSketch::take_from(std::string_view& in) {
  static const std::uint64_t kMaxIndex = index_of(kMost);
  if (in.empty()) return std::nullopt;
  const auto size = packed::take<std::uint8_t>(in);
  if (size > kMaxBuckets) return std::nullopt;
  QuantileSketch sketch;
  sketch.buckets_.reserve(size);
  std::uint64_t index = 0;
  for (std::size_t i = 0; i < size; ++i, ++index) {
    const auto head = packed::take_varint(in);
    if (!head || *head / 2 == 0 || *head / 2 > kMaxCount) return std::nullopt;
    if (*head % 2 == 1) {
      const auto left_out = packed::take_varint(in);
      if (!left_out || *left_out > kMaxIndex) return std::nullopt;
      index += *left_out + 1;
    }
    if (index > kMaxIndex) return std::nullopt;
    sketch.buckets_.push_back(
        {static_cast<std::uint16_t>(index), static_cast<std::uint32_t>(*head / 2)});
  }
  return sketch;
}

}  // namespace webmon

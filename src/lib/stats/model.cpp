#include "lib/stats/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>

namespace webmon {
namespace {

constexpr char kVersion = 1;

template <std::unsigned_integral U>
void put(std::string& out, U value) {
  for (std::size_t i = 0; i < sizeof(U); ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> (8U * i))));
  }
}
void put(std::string& out, double value) { put(out, std::bit_cast<std::uint64_t>(value)); }
void put(std::string& out, float value) { put(out, std::bit_cast<std::uint32_t>(value)); }

/// Takes `sizeof(U)` bytes from the front; the caller has checked the length.
template <std::unsigned_integral U>
U take(std::string_view& in) noexcept {
  U value = 0;
  for (std::size_t i = 0; i < sizeof(U); ++i) {
    value = static_cast<U>(value | static_cast<U>(static_cast<std::uint8_t>(in[i])) << (8U * i));
  }
  in.remove_prefix(sizeof(U));
  return value;
}
double take_double(std::string_view& in) noexcept {
  return std::bit_cast<double>(take<std::uint64_t>(in));
}

Moments take_moments(std::string_view& in) noexcept {
  Moments moments;
  moments.n = take<std::uint32_t>(in);
  moments.mean = take_double(in);
  moments.m2 = take_double(in);
  moments.min = take_double(in);
  moments.max = take_double(in);
  moments.last = take_double(in);
  return moments;
}

void put(std::string& out, const Moments& moments) {
  put(out, moments.n);
  for (const double value : {moments.mean, moments.m2, moments.min, moments.max, moments.last}) {
    put(out, value);
  }
}

}  // namespace

Result<void> Model::check_version(std::string_view blob) {
  const auto version = blob.empty() ? 0 : static_cast<unsigned char>(blob.front());
  if (version <= kVersion) return {};
  return fail(Errc::schema, fmt::format("the model in Redis has version {}, this build reads "
                                        "version {}: upgrade this program",
                                        version, int{kVersion}));
}

Result<Model> Model::decode(std::string_view blob) {
  Model model;
  if (blob.empty()) return model;
  if (auto known = check_version(blob); !known) return fail(std::move(known.error()));
  if (blob.front() != kVersion) return fail(Errc::bad_frame, "model: version 0");
  blob.remove_prefix(1);
  if (blob.size() % kRowBytes != 0 || blob.size() / kRowBytes > kMaxMetrics) {
    return fail(Errc::bad_frame, fmt::format("model: {} bytes are not rows", blob.size()));
  }
  model.rows_.reserve(blob.size() / kRowBytes);
  while (!blob.empty()) {
    Row row;
    row.number = take<std::uint16_t>(blob);
    row.moments = take_moments(blob);
    row.z = std::bit_cast<float>(take<std::uint32_t>(blob));
    const bool is_ascending = model.rows_.empty() || model.rows_.back().number < row.number;
    if (!is_ascending || row.moments.n == 0 || !row.moments.is_valid() || !std::isfinite(row.z)) {
      return fail(Errc::bad_frame, fmt::format("model: bad row of metric {}", row.number));
    }
    model.rows_.push_back(row);
  }
  return model;
}

std::string Model::encode() const {
  std::string blob;
  blob.reserve(1 + rows_.size() * kRowBytes);
  blob.push_back(kVersion);
  for (const Row& row : rows_) {
    put(blob, row.number);
    put(blob, row.moments);
    put(blob, row.z);
  }
  return blob;
}

Model::Row* Model::find_or_add(std::uint16_t number) {
  const auto at = std::lower_bound(rows_.begin(), rows_.end(), number,
                                   [](const Row& row, std::uint16_t n) { return row.number < n; });
  if (at != rows_.end() && at->number == number) return &*at;
  if (rows_.size() >= kMaxMetrics) return nullptr;
  return &*rows_.insert(at, Row{.number = number, .z = 0, .moments = {}});
}

std::vector<Observed> Model::observe(std::span<const Metric> metrics, Lookup lookup) {
  std::vector<Observed> observed;
  observed.reserve(metrics.size());
  for (const Metric& metric : metrics) {
    const MetricSpec* spec = lookup(metric.number);
    if (spec == nullptr || !spec->is_statistical || !std::isfinite(metric.value)) continue;
    const bool is_repeated = std::ranges::any_of(
        observed, [&](const Observed& seen) { return seen.spec->number == metric.number; });
    if (is_repeated) continue;
    Row* row = find_or_add(metric.number);
    if (row == nullptr) continue;
    const Moments before = row->moments;
    const Score verdict = score(metric.value, before, *spec);
    if (!row->moments.add(metric.value)) {
      std::erase_if(rows_, [](const Row& r) { return r.moments.n == 0; });
      continue;
    }
    row->z = static_cast<float>(verdict.z);
    observed.push_back({.spec = spec, .value = metric.value, .before = before, .score = verdict});
  }
  return observed;
}

std::vector<MetricStats> Model::stats() const {
  std::vector<MetricStats> stats;
  stats.reserve(rows_.size());
  for (const Row& row : rows_) {
    const Moments& m = row.moments;
    stats.push_back({.number = row.number,
                     .n = m.n,
                     .mean = m.mean,
                     .sd = m.sd(),
                     .min = m.min,
                     .max = m.max,
                     .last = m.last,
                     .z = static_cast<double>(row.z)});
  }
  return stats;
}

}  // namespace webmon

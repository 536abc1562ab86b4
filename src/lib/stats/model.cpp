#include "lib/stats/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "lib/stats/packed.hpp"

namespace webmon {
namespace {

constexpr char kVersion = 1;

using packed::put;
using packed::take;
using packed::take_double;

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
    row.z = packed::take_float(blob);
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

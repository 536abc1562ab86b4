#include "lib/stats/model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace webmon {
namespace {

bool has_sketch(const Model::Row& row) noexcept { return !row.sketch.is_empty(); }

}  // namespace

Model::Row* Model::find_or_add(std::uint16_t number) {
  const auto at = std::ranges::lower_bound(rows_, number, {}, &Row::number);
  if (at != rows_.end() && at->number == number) return &*at;
  if (rows_.size() >= kMaxMetrics) return nullptr;
  return &*rows_.insert(at, Row{.number = number, .z = 0, .moments = {}, .sketch = {}});
}

Model::Observations Model::observe(std::span<const Metric> metrics, Lookup lookup) {
  Observations observed;
  std::uint16_t highest = 0;  // of them; reports tell their metrics in ascending order
  for (const Metric& metric : metrics) {
    const MetricSpec* spec = lookup(metric.number);
    if (spec == nullptr || !spec->is_statistical || !std::isfinite(metric.value)) continue;
    const bool is_repeated =
        metric.number <= highest && std::ranges::any_of(observed, [&](const Observed& seen) {
          return seen.spec->number == metric.number;
        });
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
    if (is_one_sided(spec->excess)) learn_timing(*row, metric.value);
    observed.push_back({.spec = spec, .value = metric.value, .before = before, .score = verdict});
    highest = std::max(highest, metric.number);
  }
  return observed;
}

void Model::learn_timing(Row& row, double value) {
  if (!has_sketch(row) &&
      std::ranges::count_if(rows_, has_sketch) >= static_cast<std::ptrdiff_t>(kMaxSketches))
    return;
  static_cast<void>(row.sketch.add(value));  // none is negative; if one were, it is no duration
}

const QuantileSketch* Model::sketch(std::uint16_t number) const noexcept {
  const auto at = std::ranges::lower_bound(rows_, number, {}, &Row::number);
  const bool is_there = at != rows_.end() && at->number == number && has_sketch(*at);
  return is_there ? &at->sketch : nullptr;
}

void Model::set_page_memory(std::string bytes) {
  if (bytes.size() > kMaxPageMemory) bytes.clear();
  page_memory_ = std::move(bytes);
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

/// What Webmon has learned about one asset: moments of every statistical metric, quantiles
/// of the timings among them, and what is remembered of the page itself (lib/change). A value; it
/// lives in Redis as one blob per asset (docs/redis.md), is read at claim and written by the fenced
/// finish. Pure. Threads: none. The blob's layout: model_codec.cpp.
#pragma once

#include <boost/container/static_vector.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/plugin.hpp"
#include "lib/core/report.hpp"
#include "lib/core/result.hpp"
#include "lib/stats/detector.hpp"
#include "lib/stats/moments.hpp"
#include "lib/stats/quantile_sketch.hpp"

namespace webmon {

/// One value beside the history it was judged against.
struct Observed {
  const MetricSpec* spec;  ///< never null
  double value;
  Moments before;
  Score score;
};

class Model {
 public:
  static constexpr std::size_t kMaxMetrics = 128;
  static constexpr std::size_t kMaxSketches = 16;
  static constexpr std::size_t kMaxRowBytes = 53;  ///< without its sketch
  static constexpr std::size_t kMaxPageMemory = 8U << 10U;
  static constexpr std::size_t kMaxBlobBytes =
      3 + kMaxMetrics * kMaxRowBytes + kMaxSketches * QuantileSketch::kMaxBytes + kMaxPageMemory;
  using Lookup = const MetricSpec* (*)(std::uint16_t number) noexcept;

  /// An empty blob is a new model. Rows of metrics that this build does not know are kept.
  /// Errors: schema for a newer version, bad_frame for anything else that `encode` cannot have
  /// written.
  static Result<Model> decode(std::string_view blob);
  /// The version alone. Errors: schema.
  static Result<void> check_version(std::string_view blob);
  std::string encode() const;

  using Observations = boost::container::static_vector<Observed, kMaxMetrics>;
  /// Judges each value against the history before it, then learns it. Metrics that are unknown, not
  /// statistical, not finite, repeated in `metrics`, or beyond kMaxMetrics are left out; timings
  /// (Excess::slow*) beyond kMaxSketches have no quantiles.
  Observations observe(std::span<const Metric> metrics, Lookup lookup = find_metric);

  /// All metrics by ascending number; `z` is that of the last value against the history before it.
  std::vector<MetricStats> stats() const;

  /// The quantiles of a timing since it was first learned with them; null for other metrics and for
  /// timings of models that older builds wrote, until they are learned again. Valid until the model
  /// changes.
  const QuantileSketch* sketch(std::uint16_t number) const noexcept;

  std::size_t size() const noexcept { return rows_.size(); }

  /// What lib/change remembers of the page, opaque here; at most kMaxPageMemory bytes, else it is
  /// not kept.
  const std::string& page_memory() const noexcept { return page_memory_; }
  /// Without a copy: the model has none until it is set.
  std::string take_page_memory() noexcept { return std::exchange(page_memory_, {}); }
  void set_page_memory(std::string bytes);
  bool operator==(const Model&) const = default;

  struct Row {
    std::uint16_t number = 0;
    float z = 0;
    Moments moments;
    QuantileSketch sketch;  ///< empty unless it is a timing
    bool operator==(const Row&) const = default;
  };

 private:
  Row* find_or_add(std::uint16_t number);
  void learn_timing(Row& row, double value);

  std::vector<Row> rows_;  ///< ascending by number
  std::string page_memory_;
};

}  // namespace webmon

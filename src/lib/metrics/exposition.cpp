#include "lib/metrics/exposition.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <vector>

namespace webmon::metrics {
namespace {

prometheus::ClientMetric labelled(Labels labels) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : labels)
    metric.label.push_back({std::string{name}, std::string{value}});
  return metric;
}

double to_seconds(microseconds bound) { return static_cast<double>(bound.count()) / 1e6; }

}  // namespace

struct Exposition::Impl {
  std::vector<prometheus::MetricFamily> families;

  void begin(std::string_view name, std::string_view help, prometheus::MetricType type) {
    families.push_back({std::string{name}, std::string{help}, type, {}});
  }
};

Exposition::Exposition() : impl_{std::make_unique<Impl>()} {}
Exposition::~Exposition() = default;

Exposition& Exposition::counter(std::string_view name, std::string_view help) {
  impl_->begin(name, help, prometheus::MetricType::Counter);
  return *this;
}

Exposition& Exposition::gauge(std::string_view name, std::string_view help) {
  impl_->begin(name, help, prometheus::MetricType::Gauge);
  return *this;
}

Exposition& Exposition::histogram(std::string_view name, std::string_view help) {
  impl_->begin(name, help, prometheus::MetricType::Histogram);
  return *this;
}

Exposition& Exposition::add_number(double value, Labels labels) {
  auto metric = labelled(labels);
  auto& family = impl_->families.back();
  const bool is_counter = family.type == prometheus::MetricType::Counter;
  (is_counter ? metric.counter.value : metric.gauge.value) = value;
  family.metric.push_back(std::move(metric));
  return *this;
}

Exposition& Exposition::add(const DurationHistogram& value, Labels labels) {
  auto metric = labelled(labels);
  auto& out = metric.histogram;
  const auto& bounds = DurationHistogram::kBounds;
  for (std::size_t at = 0; at <= bounds.size(); ++at) {
    out.sample_count += value.count(at);
    const bool is_last = at == bounds.size();
    out.bucket.push_back({out.sample_count, is_last ? std::numeric_limits<double>::infinity()
                                                    : to_seconds(bounds[at])});
  }
  out.sample_sum = value.sum_seconds();
  impl_->families.back().metric.push_back(std::move(metric));
  return *this;
}

std::string Exposition::text() const {
  return prometheus::TextSerializer{}.Serialize(impl_->families);
}

void add_redis(Exposition& out, const std::string& part, const RedisTraffic& traffic) {
  out.histogram(part + "_redis_round_trip_duration_seconds",
                "Batches of commands that Redis answered, by the time until the answer.")
      .add(traffic.round_trips);
  out.counter(part + "_redis_commands_total", "Commands sent to Redis.")
      .add(traffic.commands.load());
  out.counter(part + "_redis_failures_total",
              "Batches that Redis did not answer: no connection, or not in time.")
      .add(traffic.failures.load());
}

}  // namespace webmon::metrics

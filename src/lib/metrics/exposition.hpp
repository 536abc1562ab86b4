/// What one scrape answers: families of metrics in the order in which they are added, as text in
/// Prometheus' format. It holds numbers that others counted; it counts nothing itself. Names, types
/// and meanings: docs/metrics.md. Threads: none; a value.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "lib/core/duration_histogram.hpp"
#include "lib/core/redis_traffic.hpp"

namespace webmon::metrics {

/// From bounded sets only, never URLs, hosts or ids.
using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Content-Type of text().
inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

class Exposition {
 public:
  Exposition();
  ~Exposition();
  Exposition(const Exposition&) = delete;
  Exposition& operator=(const Exposition&) = delete;

  /// Begin a family. Each name once; `help` is one sentence. A family without samples is shown by
  /// its name and type alone.
  Exposition& counter(std::string_view name, std::string_view help);
  Exposition& gauge(std::string_view name, std::string_view help);
  Exposition& histogram(std::string_view name, std::string_view help);

  /// Samples of the family begun last.
  template <class N>
  requires std::is_arithmetic_v<N> Exposition& add(N value, Labels labels = {}) {
    return add_number(static_cast<double>(value), labels);
  }
  Exposition& add(const DurationHistogram& value, Labels labels = {});

  std::string text() const;

 private:
  Exposition& add_number(double value, Labels labels);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// `<part>_redis_*`: the traffic of one part, "webmon_api".
void add_redis(Exposition& out, const std::string& part, const RedisTraffic& traffic);

}  // namespace webmon::metrics

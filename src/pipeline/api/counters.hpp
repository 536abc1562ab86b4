/// What the api counts of the requests that it answers; shown by GET /metrics. Internal to this
/// folder. Threads: the io_context's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "lib/core/duration_histogram.hpp"

namespace webmon::api {

class Counters {
 public:
  static constexpr std::size_t kClasses = 6;  ///< of statuses, by their first digit
  struct PerRoute {
    std::array<std::uint64_t, kClasses> by_class{};
    DurationHistogram took;
  };

  /// `route`: index in the table of routes; nothing if none was found.
  void answered(std::optional<std::size_t> route, int status, nanoseconds took);
  /// `code` of a problem; those are a bounded set (docs/api.md, "Errors").
  void refused(std::string_view code) { ++refusals_[std::string{code}]; }

  const std::map<std::optional<std::size_t>, PerRoute>& routes() const noexcept { return routes_; }
  const std::map<std::string, std::uint64_t>& refusals() const noexcept { return refusals_; }

  std::uint64_t connections_accepted = 0;
  std::size_t connections = 0;  ///< open now
  std::size_t streams = 0;      ///< answers that are being sent part by part

 private:
  std::map<std::optional<std::size_t>, PerRoute> routes_;
  std::map<std::string, std::uint64_t> refusals_;
};

/// One stream, counted for as long as it lives.
class OpenStream {
 public:
  explicit OpenStream(Counters& counters) : counters_{counters} { ++counters_.streams; }
  ~OpenStream() { --counters_.streams; }
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;

 private:
  Counters& counters_;
};

}  // namespace webmon::api

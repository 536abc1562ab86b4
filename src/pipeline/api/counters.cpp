#include "pipeline/api/counters.hpp"

#include <algorithm>

namespace webmon::api {

void Counters::answered(std::optional<std::size_t> route, int status, nanoseconds took) {
  auto& counted = routes_[route];
  const auto digit = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
  ++counted.by_class[digit];
  counted.took.add(took);
}

}  // namespace webmon::api

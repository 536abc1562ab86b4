#include "cli/check_summary.hpp"

#include <fmt/format.h>

#include "cli/text.hpp"

namespace webmon::cli {

void CheckSummary::add(AssetState state, double total_ms) {
  ++states_[static_cast<std::size_t>(state)];
  ++checked_;
  static_cast<void>(durations_.add(total_ms));
}

std::string CheckSummary::text(nanoseconds took) const {
  const double s = std::chrono::duration<double>(took).count();
  auto out = fmt::format("{} page{} in {:.1f} s ({:.0f}/s)", checked_, checked_ == 1 ? "" : "s", s,
                         s > 0 ? static_cast<double>(checked_) / s : 0);
  const char* joiner = ": ";
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (states_[i] == 0) continue;
    out += fmt::format("{}{} {}", joiner, states_[i], to_string(static_cast<AssetState>(i)));
    joiner = ", ";
  }
  if (bad_lines_ > 0)
    out += fmt::format("; {} line{} no URL", bad_lines_, bad_lines_ == 1 ? " is" : "s are");
  out += "\n";
  const auto quantile = [&](double p) { return rough_number(durations_.quantile(p)); };
  if (!durations_.is_empty())
    out += fmt::format("total time of a page: p50 {} ms, p95 {} ms, p99 {} ms\n", quantile(0.5),
                       quantile(0.95), quantile(0.99));
  return out;
}

}  // namespace webmon::cli

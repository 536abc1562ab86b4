#include "cli/check_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace webmon::cli {

void DurationHistogram::add(double ms) noexcept {
  const double steps = ms > kLeast ? std::ceil(std::log2(ms / kLeast) * kPerOctave) : 0;
  const auto last = static_cast<double>(counts_.size() - 1);
  ++counts_[static_cast<std::size_t>(std::min(steps, last))];
  ++count_;
}

double DurationHistogram::quantile(double share) const noexcept {
  const auto want = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (counts_[i] > 0 && seen >= want)
      return kLeast * std::exp2(static_cast<double>(i) / kPerOctave);
  }
  return 0;
}

void CheckSummary::add(AssetState state, double total_ms) noexcept {
  ++states_[static_cast<std::size_t>(state)];
  ++checked_;
  durations_.add(total_ms);
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
  if (durations_.count() > 0)
    out +=
        fmt::format("total time of a page: p50 {:.3g} ms, p95 {:.3g} ms, p99 {:.3g} ms\n",
                    durations_.quantile(0.5), durations_.quantile(0.95), durations_.quantile(0.99));
  return out;
}

}  // namespace webmon::cli

/// What became of many checked pages: counts by state and how long they took. Of bounded size,
/// however many they are. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "lib/core/asset.hpp"
#include "lib/core/clock.hpp"
#include "lib/stats/quantile_sketch.hpp"

namespace webmon::cli {

class CheckSummary {
 public:
  void add(AssetState state, double total_ms);
  void add_bad_line() noexcept { ++bad_lines_; }

  std::uint64_t checked() const noexcept { return checked_; }
  std::uint64_t bad_lines() const noexcept { return bad_lines_; }
  bool is_all_up() const noexcept { return up() == checked_ && bad_lines_ == 0; }

  /// "1,000 pages in 2.1 s (476/s): 998 up, 2 down; 1 line is no URL\ntotal time: p50 3 ms, …\n"
  std::string text(nanoseconds took) const;

 private:
  std::uint64_t up() const noexcept { return states_[static_cast<std::size_t>(AssetState::up)]; }

  std::array<std::uint64_t, kAssetStates> states_{};
  QuantileSketch durations_;
  std::uint64_t checked_ = 0, bad_lines_ = 0;
};

}  // namespace webmon::cli

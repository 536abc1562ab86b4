// The packed state of a SeriesDetector, little-endian:
//   version u8 = 1, count u8
//   levels: weight f64, mean f64, variance f64 each
//   hours: count u16, mean f64 each; those of the day first
//   the last values, oldest first: count u8, f64 each; the largest deviation f64
//   peaks f64 each
//   the last surprises, oldest first: count u8, f32 each
#include <fmt/format.h>

#include <cmath>

#include "lib/stats/packed.hpp"
#include "lib/stats/series_detector.hpp"

namespace webmon {
namespace {

using packed::put;
using packed::take;
using packed::take_double;
using packed::take_float;

constexpr std::uint8_t kVersion = 1;

/// What values up to kLargest can make: the squares of their differences must stay finite.
constexpr double kMostMean = 4 * SeriesDetector::kLargest;
constexpr double kMostVariance = kMostMean * kMostMean;

bool is_possible(double mean) noexcept { return std::abs(mean) <= kMostMean; }

bool is_distance(double value) noexcept { return std::isfinite(value) && value >= 0; }

template <class Window>
void put_window(std::string& out, const Window& window) {
  const auto count = window.values().size();
  put(out, static_cast<std::uint8_t>(count));
  for (std::size_t i = 0; i < count; ++i) put(out, window.from_oldest(i));
}

template <class Window, class Take>
bool take_window(std::string_view& in, Window& window, std::size_t bytes, Take take_one) {
  if (in.empty()) return false;
  const auto count = take<std::uint8_t>(in);
  if (count > Window::kSize || in.size() < count * bytes) return false;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = take_one(in);
    if (!is_possible(static_cast<double>(value))) return false;
    window.add(value);
  }
  return true;
}

}  // namespace

void SeriesFeatures::put_into(std::string& state) const {
  for (const EwLevel& level : levels_)
    for (const double part : {level.weight, level.mean, level.variance}) put(state, part);
  for (const auto& hour : season_.hours()) {
    put(state, hour.count);
    put(state, hour.mean);
  }
  put_window(state, recent_);
  put(state, loudest_);
}

bool SeriesFeatures::take_from(std::string_view& state) {
  constexpr std::size_t kLevelBytes = 24;
  constexpr std::size_t kHourBytes = 10;
  if (state.size() < levels_.size() * kLevelBytes + season_.hours().size() * kHourBytes)
    return false;
  for (EwLevel& level : levels_) {
    level.weight = take_double(state);
    level.mean = take_double(state);
    level.variance = take_double(state);
    const bool is_possible_level =
        level.is_valid() && is_possible(level.mean) && level.variance <= kMostVariance;
    if (!is_possible_level) return false;
  }
  for (auto& hour : season_.hours()) {
    hour.count = take<std::uint16_t>(state);
    hour.mean = take_double(state);
    if (hour.count > SeasonalProfile::kMostCounted || !is_possible(hour.mean)) return false;
  }
  if (!take_window(state, recent_, sizeof(double), take_double)) return false;
  if (state.size() < sizeof(double)) return false;
  loudest_ = take_double(state);
  return is_distance(loudest_) && loudest_ <= kMostMean;
}

std::string SeriesDetector::encode() const {
  std::string state;
  state.reserve(kMaxStateBytes);
  put(state, kVersion);
  put(state, count_);
  features_.put_into(state);
  for (const double peak : peaks_) put(state, peak);
  put_window(state, surprises_);
  return state;
}

Result<SeriesDetector> SeriesDetector::decode(std::string_view state) {
  SeriesDetector detector;
  if (state.empty()) return detector;
  const auto bad = [] { return fail(Errc::bad_frame, "series: no state of a detector"); };
  const auto version = take<std::uint8_t>(state);
  if (version > kVersion)
    return fail(Errc::schema, fmt::format("the series has version {}, this build reads version {}: "
                                          "upgrade this program",
                                          version, kVersion));
  if (version != kVersion || state.empty()) return bad();
  detector.count_ = take<std::uint8_t>(state);
  if (detector.count_ > kWarmup || !detector.features_.take_from(state)) return bad();
  if (state.size() < sizeof(double) * kFeatures) return bad();
  for (double& peak : detector.peaks_) {
    peak = take_double(state);
    if (!is_distance(peak)) return bad();
  }
  if (!take_window(state, detector.surprises_, sizeof(float), take_float)) return bad();
  if (!state.empty()) return bad();
  return detector;
}

}  // namespace webmon

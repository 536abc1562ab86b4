/// Three clocks, three types, so that they cannot be mixed.
///   StoreTime  milliseconds since the Unix epoch on Redis' clock (TIME): leases, retention,
///   observed-at MonoTime   this process' monotonic clock: timeouts, phases; comparable between
///   processes of one host
/// `now` is an argument of every core function; only drivers hold a Clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/core/result.hpp"

namespace webmon {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

struct StoreClock {
  using duration = milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<StoreClock>;
  static constexpr bool is_steady = false;
};
using StoreTime = StoreClock::time_point;

struct MonoClock {
  using duration = nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonoClock>;
  static constexpr bool is_steady = true;
};
using MonoTime = MonoClock::time_point;

/// The real clocks behind a port; tests have a ManualClock.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime mono() noexcept = 0;
  /// This host's idea of the time: where there is no Redis (`webmon check`), and for logs. Never
  /// for leases.
  virtual StoreTime wall() noexcept = 0;
};

Clock& system_clock() noexcept;

inline std::int64_t to_ms(StoreTime t) noexcept { return t.time_since_epoch().count(); }
inline StoreTime store_time_ms(std::int64_t ms) noexcept { return StoreTime{milliseconds{ms}}; }

/// RFC 3339 in UTC with milliseconds: "2026-11-23T01:46:00.123Z".
std::string to_rfc3339(StoreTime t);
/// Errors: bad_input. Accepts what `to_rfc3339` writes, with or without fraction.
Result<StoreTime> parse_rfc3339(std::string_view text);

}  // namespace webmon

#include "lib/core/clock.hpp"

#include <fmt/format.h>
#include <time.h>

#include <cstdio>

namespace webmon {
namespace {

std::int64_t read_ns(clockid_t id) noexcept {
  timespec t{};
  clock_gettime(id, &t);
  return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  MonoTime mono() noexcept override { return MonoTime{nanoseconds{read_ns(CLOCK_MONOTONIC)}}; }
  StoreTime wall() noexcept override { return store_time_ms(read_ns(CLOCK_REALTIME) / 1'000'000); }
};

}  // namespace

Clock& system_clock() noexcept {
  static SystemClock clock;
  return clock;
}

std::string to_rfc3339(StoreTime t) {
  const auto ms = to_ms(t);
  const auto days = std::chrono::floor<std::chrono::days>(milliseconds{ms});
  const std::chrono::year_month_day date{std::chrono::sys_days{days}};
  const auto rest = milliseconds{ms} - days;
  const std::chrono::hh_mm_ss time{rest};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

Result<StoreTime> parse_rfc3339(std::string_view text) {
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, used = 0;
  const std::string copy{text};
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%n", &y, &mo, &d, &h, &mi, &s, &used) != 6)
    return fail(Errc::bad_input, "not an RFC 3339 time: " + copy);
  std::int64_t ms = 0;
  auto rest = std::string_view{copy}.substr(static_cast<std::size_t>(used));
  if (!rest.empty() && rest.front() == '.') {
    rest.remove_prefix(1);
    for (int scale = 100; !rest.empty() && rest.front() >= '0' && rest.front() <= '9';
         scale /= 10) {
      ms += (rest.front() - '0') * scale;
      rest.remove_prefix(1);
    }
  }
  const std::chrono::year_month_day date{std::chrono::year{y},
                                         std::chrono::month(static_cast<unsigned>(mo)),
                                         std::chrono::day(static_cast<unsigned>(d))};
  if (rest != "Z" || !date.ok() || h > 23 || mi > 59 || s > 60)
    return fail(Errc::bad_input, "not an RFC 3339 time in UTC: " + copy);
  const auto total = std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{h} +
                     std::chrono::minutes{mi} + seconds{s} + milliseconds{ms};
  return StoreTime{std::chrono::duration_cast<milliseconds>(total)};
}

}  // namespace webmon

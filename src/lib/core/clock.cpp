#include "lib/core/clock.hpp"

#include <fmt/format.h>
#include <time.h>

#include <optional>

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

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// 'd' in `shape` stands for a digit, all else for itself.
bool has_shape(std::string_view text, std::string_view shape) noexcept {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
  return true;
}

int number(std::string_view text, std::size_t at, std::size_t digits) noexcept {
  int value = 0;
  for (const char c : text.substr(at, digits)) value = value * 10 + (c - '0');
  return value;
}

/// "Z" or ".123Z"; digits beyond milliseconds are read and dropped.
std::optional<milliseconds> fraction_ms(std::string_view text) noexcept {
  if (text == "Z") return milliseconds{0};
  if (text.size() < 3 || text.front() != '.' || text.back() != 'Z') return std::nullopt;
  int ms = 0;
  int scale = 100;
  for (const char c : text.substr(1, text.size() - 2)) {
    if (!is_digit(c)) return std::nullopt;
    ms += (c - '0') * scale;
    scale /= 10;
  }
  return milliseconds{ms};
}

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
  const auto bad = [text] {
    return fail(Errc::bad_input,
                fmt::format("not an RFC 3339 time in UTC: '{}'", text.substr(0, 40)));
  };
  if (!has_shape(text, "dddd-dd-ddTdd:dd:dd")) return bad();
  const std::chrono::year_month_day date{
      std::chrono::year{number(text, 0, 4)},
      std::chrono::month(static_cast<unsigned>(number(text, 5, 2))),
      std::chrono::day(static_cast<unsigned>(number(text, 8, 2)))};
  const int hour = number(text, 11, 2);
  const int minute = number(text, 14, 2);
  const int second = number(text, 17, 2);
  const auto fraction = fraction_ms(text.substr(19));
  if (!fraction || !date.ok() || hour > 23 || minute > 59 || second > 60) return bad();
  const auto total = std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{hour} +
                     std::chrono::minutes{minute} + seconds{second} + *fraction;
  return StoreTime{std::chrono::duration_cast<milliseconds>(total)};
}

}  // namespace webmon

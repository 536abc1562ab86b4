/// One event a line to stderr, as logfmt or as JSON with the same names:
///   level=warn msg="lease expired" job=0198… worker=ex-3 term_ms=30000
///   {"ts":"2026-…Z","level":"warn","msg":"lease expired","job":"0198…","term_ms":30000}
/// The message is constant and in lower case; what varies goes into fields, with units in their
/// names. Never page bodies, credentials, URL userinfo or query values. Not a metrics channel.
/// Threads: all functions may be called from any. Errors: none; a line that cannot be written is
/// lost.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <variant>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"

namespace webmon {

/// error: someone must act. warn: it healed itself. info: state changes of the process. debug: per
/// job.
enum class LogLevel : std::uint8_t { debug, info, warn, error };
std::string_view to_string(LogLevel level) noexcept;
/// Errors: bad_input.
Result<LogLevel> parse_log_level(std::string_view text);

enum class LogFormat : std::uint8_t { logfmt, json };
std::string_view to_string(LogFormat format) noexcept;
/// Errors: bad_input.
Result<LogFormat> parse_log_format(std::string_view text);

/// What a process logs, and how.
struct LogConfig {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::logfmt;
};

/// A value of a field; holds views, so it lives for one call.
class LogValue {
 public:
  LogValue(bool value) noexcept : value_{value} {}
  template <std::integral T>
  LogValue(T value) noexcept {
    if constexpr (std::is_signed_v<T>)
      value_ = static_cast<std::int64_t>(value);
    else
      value_ = static_cast<std::uint64_t>(value);
  }
  LogValue(double value) noexcept : value_{value} {}
  LogValue(std::string_view value) noexcept : value_{value} {}
  LogValue(const std::string& value) noexcept : value_{std::string_view{value}} {}
  LogValue(const char* value) noexcept : value_{std::string_view{value}} {}

  void append_to(std::string& line, LogFormat format) const;

 private:
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view> value_;
};

struct LogField {
  std::string_view key;
  LogValue value;
};
using LogFields = std::initializer_list<LogField>;

/// How a line looks.
struct LogStyle {
  LogFormat format = LogFormat::logfmt;
  std::optional<StoreTime> time;  ///< nothing: no `ts`
};

/// Pure: the line with its newline. Control characters, escapes and invalid UTF-8 of any value come
/// out as \xNN, so one event is one line whatever a page or peer sent. A value is cut at 512 bytes,
/// a line at 4,096: what is over it ends with " ..." in logfmt; in JSON further fields are left out
/// and "cut":true is the last.
std::string format_log_line(LogLevel level, std::string_view message,
                            std::span<const LogField> fields, const LogStyle& style = {});

/// Pure: which repeats are printed. The first 10 of one level and message in a second are, the rest
/// is counted.
class LogLimiter {
 public:
  static constexpr std::uint32_t kPerSecond = 10;
  static constexpr std::size_t kMaxKeys = 256;

  struct Repeated {
    LogLevel level;
    std::string message;
    std::uint64_t count;
  };

  bool admit(LogLevel level, std::string_view message, MonoTime now);
  /// What was counted but not printed, of windows that ended by `now`; forgets them.
  std::vector<Repeated> take_ended(MonoTime now);

 private:
  struct Window {
    MonoTime start;
    std::uint32_t printed;
    std::uint64_t counted;
  };
  std::unordered_map<std::string, Window> windows_;  // key: level digit + message
};

/// As LogConfig says until it is called, without time. `has_time`: lines of logfmt begin with `ts`;
/// those of JSON always do.
void set_log(const LogConfig& config, bool has_time) noexcept;
bool is_logged(LogLevel level) noexcept;

void log_event(LogLevel level, std::string_view message, LogFields fields) noexcept;
/// Prints counts of repeats whose second is over. Every log call does it too; a loop may do it when
/// idle, and a process does it before it ends.
void flush_log_repeats() noexcept;

inline void log_debug(std::string_view message, LogFields fields = {}) noexcept {
  if (is_logged(LogLevel::debug)) log_event(LogLevel::debug, message, fields);
}
inline void log_info(std::string_view message, LogFields fields = {}) noexcept {
  if (is_logged(LogLevel::info)) log_event(LogLevel::info, message, fields);
}
inline void log_warn(std::string_view message, LogFields fields = {}) noexcept {
  if (is_logged(LogLevel::warn)) log_event(LogLevel::warn, message, fields);
}
inline void log_error(std::string_view message, LogFields fields = {}) noexcept {
  log_event(LogLevel::error, message, fields);
}

}  // namespace webmon

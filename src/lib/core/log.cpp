#include "lib/core/log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <iterator>
#include <mutex>

namespace webmon {
namespace {

constexpr std::size_t kMaxValue = 512;
constexpr std::size_t kMaxLine = 4096;  // PIPE_BUF: lines of several processes do not mix
constexpr auto kWindow = seconds{1};
constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 2> kFormats = {"logfmt", "json"};

/// Length of the UTF-8 sequence at the front that a terminal shows harmlessly; 0 if it must be
/// escaped.
std::size_t harmless_sequence(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto is_tail = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xc0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  if (first >= 0xc2 && first <= 0xdf)
    return is_tail(1) && (first != 0xc2 || byte(1) >= 0xa0) ? 2 : 0;  // C2 80..9F: C1 controls
  if ((first & 0xf0U) == 0xe0U && is_tail(1) && is_tail(2)) {
    const unsigned point = (first & 0x0fU) << 12U | (byte(1) & 0x3fU) << 6U | (byte(2) & 0x3fU);
    const bool is_format = (point >= 0x200b && point <= 0x200f) ||
                           (point >= 0x2028 && point <= 0x202e) ||
                           (point >= 0x2060 && point <= 0x206f) || point == 0xfeff;
    const bool is_bad = point < 0x800 || (point >= 0xd800 && point <= 0xdfff);
    return is_format || is_bad ? 0 : 3;
  }
  if (first >= 0xf0 && first <= 0xf4 && is_tail(1) && is_tail(2) && is_tail(3)) {
    const unsigned point = (first & 0x07U) << 18U | (byte(1) & 0x3fU) << 12U |
                           (byte(2) & 0x3fU) << 6U | (byte(3) & 0x3fU);
    const bool is_tag = point >= 0xe0000 && point <= 0xe0fff;  // invisible
    return point < 0x10000 || point > 0x10ffff || is_tag ? 0 : 4;
  }
  return 0;
}

void append_escaped(std::string& line, char c, LogFormat format) {
  switch (c) {
    case '\n':
      line += "\\n";
      break;
    case '\r':
      line += "\\r";
      break;
    case '\t':
      line += "\\t";
      break;
    default:  // JSON knows no \x: the backslash stands for itself there
      fmt::format_to(std::back_inserter(line), "{}x{:02x}",
                     format == LogFormat::json ? "\\\\" : "\\", static_cast<unsigned char>(c));
  }
}

void append_quoted(std::string& line, std::string_view text, LogFormat format) {
  const bool is_cut = text.size() > kMaxValue;
  text = text.substr(0, kMaxValue);
  line += '"';
  while (!text.empty()) {
    const auto length = harmless_sequence(text);
    if (length == 0)
      append_escaped(line, text.front(), format);
    else if (text.front() == '"' || text.front() == '\\')
      (line += '\\') += text.front();
    else
      line += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  line += is_cut ? "...\"" : "\"";
}

bool is_plain(std::string_view text) noexcept {
  return !text.empty() && text.size() <= kMaxValue && std::ranges::all_of(text, [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

void append_key(std::string& line, std::string_view key) {
  for (const char c : key.substr(0, 64)) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '_' || c == '.';
    line += is_word ? c : '_';
  }
}

void write_line(std::string_view line) noexcept {
  // A part that a slow reader of the pipe did not take is lost: a log must not stop its program.
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
}

std::atomic<LogLevel> g_level{LogLevel::info};
std::atomic<LogFormat> g_format{LogFormat::logfmt};
std::atomic<bool> g_has_time{false};

LogStyle style_now() noexcept {
  const auto format = g_format.load(std::memory_order_relaxed);
  if (format == LogFormat::logfmt && !g_has_time.load(std::memory_order_relaxed)) return {};
  return {.format = format, .time = system_clock().wall()};
}

struct Shared {
  std::mutex mutex;
  LogLimiter limiter;
};

Shared& shared() {
  static auto* instance = new Shared;  // never destroyed: threads may log while the process ends
  return *instance;
}

void print_ended(LogLimiter& limiter, MonoTime now, const LogStyle& style) {
  for (const auto& ended : limiter.take_ended(now)) {
    const LogField field{"repeated", ended.count};
    write_line(format_log_line(ended.level, ended.message, {&field, 1}, style));
  }
}

}  // namespace

std::string_view to_string(LogLevel level) noexcept {
  return kLevels[std::min<std::size_t>(static_cast<std::size_t>(level), kLevels.size() - 1)];
}

Result<LogLevel> parse_log_level(std::string_view text) {
  const auto at = std::ranges::find(kLevels, text);
  if (at == kLevels.end())
    return fail(Errc::bad_input, "log level must be debug, info, warn or error");
  return static_cast<LogLevel>(at - kLevels.begin());
}

std::string_view to_string(LogFormat format) noexcept {
  return kFormats[static_cast<std::size_t>(format)];
}

Result<LogFormat> parse_log_format(std::string_view text) {
  const auto at = std::ranges::find(kFormats, text);
  if (at == kFormats.end()) return fail(Errc::bad_input, "log format must be logfmt or json");
  return static_cast<LogFormat>(at - kFormats.begin());
}

void LogValue::append_to(std::string& line, LogFormat format) const {
  if (const auto* text = std::get_if<std::string_view>(&value_)) {
    if (format == LogFormat::logfmt && is_plain(*text))
      line += *text;
    else
      append_quoted(line, *text, format);
    return;
  }
  const auto* number = std::get_if<double>(&value_);
  if (number != nullptr && format == LogFormat::json && !std::isfinite(*number)) {
    line += "null";
    return;
  }
  std::visit(
      [&line](const auto& value) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(value)>, std::string_view>)
          fmt::format_to(std::back_inserter(line), "{}", value);
      },
      value_);
}

namespace {

std::string logfmt_line(LogLevel level, std::string_view message, std::span<const LogField> fields,
                        const std::optional<StoreTime>& time) {
  std::string line;
  line.reserve(160);
  if (time) line += "ts=" + to_rfc3339(*time) + " ";
  line += "level=";
  line += to_string(level);
  line += " msg=";
  append_quoted(line, message, LogFormat::logfmt);
  for (const auto& field : fields) {
    line += ' ';
    append_key(line, field.key);
    line += '=';
    field.value.append_to(line, LogFormat::logfmt);
  }
  if (line.size() >= kMaxLine) {
    line.resize(kMaxLine - 5);
    while ((static_cast<unsigned char>(line.back()) & 0x80U) != 0)
      line.pop_back();  // half a letter
    line += " ...";
  }
  return line + '\n';
}

std::string json_line(LogLevel level, std::string_view message, std::span<const LogField> fields,
                      const std::optional<StoreTime>& time) {
  constexpr std::string_view kCut = ",\"cut\":true";
  std::string line{"{"};
  line.reserve(160);
  if (time) line += "\"ts\":\"" + to_rfc3339(*time) + "\",";
  line += "\"level\":\"";
  line += to_string(level);
  line += "\",\"msg\":";
  append_quoted(line, message, LogFormat::json);
  for (const auto& field : fields) {
    const auto before = line.size();
    line += ",\"";
    append_key(line, field.key);
    line += "\":";
    field.value.append_to(line, LogFormat::json);
    if (line.size() + kCut.size() + 2 <= kMaxLine) continue;
    line.resize(before);
    line += kCut;
    break;
  }
  return line + "}\n";
}

}  // namespace

std::string format_log_line(LogLevel level, std::string_view message,
                            std::span<const LogField> fields, const LogStyle& style) {
  return style.format == LogFormat::json ? json_line(level, message, fields, style.time)
                                         : logfmt_line(level, message, fields, style.time);
}

bool LogLimiter::admit(LogLevel level, std::string_view message, MonoTime now) {
  std::string key{static_cast<char>('0' + static_cast<int>(level))};
  key += message;
  // Messages are constants, so the table stays small; if somebody logs variable ones, they share a
  // window.
  if (windows_.size() >= kMaxKeys && !windows_.contains(key)) key = key.substr(0, 1) + "other";
  auto& window = windows_.try_emplace(std::move(key), Window{now, 0, 0}).first->second;
  if (window.printed < kPerSecond) {
    ++window.printed;
    return true;
  }
  ++window.counted;
  return false;
}

std::vector<LogLimiter::Repeated> LogLimiter::take_ended(MonoTime now) {
  std::vector<Repeated> ended;
  for (auto at = windows_.begin(); at != windows_.end();) {
    const auto& [key, window] = *at;
    if (now - window.start < kWindow) {
      ++at;
      continue;
    }
    if (window.counted > 0)
      ended.push_back({static_cast<LogLevel>(key[0] - '0'), key.substr(1), window.counted});
    at = windows_.erase(at);
  }
  return ended;
}

void set_log(const LogConfig& config, bool has_time) noexcept {
  g_level.store(config.level, std::memory_order_relaxed);
  g_format.store(config.format, std::memory_order_relaxed);
  g_has_time.store(has_time, std::memory_order_relaxed);
}

bool is_logged(LogLevel level) noexcept { return level >= g_level.load(std::memory_order_relaxed); }

void log_event(LogLevel level, std::string_view message, LogFields fields) noexcept {
  if (!is_logged(level)) return;
  try {
    const auto now = system_clock().mono();
    const auto style = style_now();
    const auto line = format_log_line(level, message, {fields.begin(), fields.size()}, style);
    auto& s = shared();
    const std::scoped_lock lock{s.mutex};
    print_ended(s.limiter, now, style);
    if (s.limiter.admit(level, message, now)) write_line(line);
  } catch (...) {  // no memory: the line is lost
  }
}

void flush_log_repeats() noexcept {
  try {
    auto& s = shared();
    const std::scoped_lock lock{s.mutex};
    print_ended(s.limiter, system_clock().mono() + kWindow, style_now());
  } catch (...) {  // no memory: the counts are lost
  }
}

}  // namespace webmon

#include "cli/series_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "cli/text.hpp"

namespace webmon::cli {
namespace {

constexpr std::size_t kMostShown = 60;  // columns of a bad line in its message

std::string_view trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") - from + 1);
}

std::optional<std::string_view> column(std::string_view line, std::size_t index) {
  for (; index > 0; --index) {
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    line.remove_prefix(comma + 1);
  }
  return trimmed(line.substr(0, line.find(',')));
}

std::string shown(std::string_view text) { return "\"" + clip(printable(text), kMostShown) + "\""; }

Result<StoreTime> parse_time(std::string_view text) {
  std::string time{text};
  constexpr std::size_t kDate = 10;  // "2014-04-01"
  if (time.size() > kDate && time[kDate] == ' ') time[kDate] = 'T';
  if (!time.empty() && time.back() != 'Z') time += 'Z';
  return parse_rfc3339(time);
}

std::optional<double> parse_value(std::string_view text) {
  double value = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || at != end) return std::nullopt;
  return value;
}

}  // namespace

Result<SeriesColumns> parse_series_header(std::string_view line) {
  std::optional<std::size_t> timestamp;
  std::optional<std::size_t> value;
  for (std::size_t i = 0;; ++i) {
    const auto name = column(line, i);
    if (!name) break;
    if (*name == "timestamp" && !timestamp) timestamp = i;
    if (*name == "value" && !value) value = i;
  }
  if (timestamp && value) return SeriesColumns{*timestamp, *value};
  return fail(Errc::bad_input,
              shown(line) + " does not name the columns; a series begins with timestamp,value");
}

Result<SeriesRow> parse_series_row(std::string_view line, const SeriesColumns& columns) {
  const auto time_text = column(line, columns.timestamp);
  const auto value_text = column(line, columns.value);
  if (!time_text || !value_text)
    return fail(Errc::bad_input,
                shown(line) + " lacks a column; a row is 2014-04-01 00:05:00,21.97");
  const auto time = parse_time(*time_text);
  if (!time)
    return fail(Errc::bad_input, shown(*time_text) +
                                     " is no time; write it as 2014-04-01 00:05:00 (UTC) or "
                                     "2014-04-01T00:05:00Z");
  const auto value = parse_value(*value_text);
  if (!value)
    return fail(Errc::bad_input,
                shown(*value_text) + " is no number; leave rows without a value out");
  return SeriesRow{*time, *value};
}

std::string render_series_row(const SeriesRow& row, const SeriesVerdict& verdict,
                              double threshold) {
  const bool is_alert = verdict.score >= threshold;
  return fmt::format(
      R"({{"time":"{}","value":{},"score":{:.6g},"alert":{},"surprise":{:.6g},"cause":{},)"
      R"("expected":{:.6g},"sigma":{:.6g}}})"
      "\n",
      to_rfc3339(row.time), row.value, verdict.score, is_alert, verdict.surprise,
      is_alert ? fmt::format("\"{}\"", to_string(verdict.cause)) : "null", verdict.expected,
      verdict.sigma);
}

}  // namespace webmon::cli

#include "cli/duration.hpp"

#include <fmt/format.h>

#include <charconv>

namespace webmon::cli {
namespace {

struct Unit {
  std::string_view name;
  milliseconds length;
};
constexpr Unit kUnits[] = {{"d", milliseconds{86'400'000}},
                           {"h", milliseconds{3'600'000}},
                           {"m", milliseconds{60'000}},
                           {"s", milliseconds{1'000}},
                           {"ms", milliseconds{1}}};
constexpr std::int64_t kMost = 36'525LL * 86'400'000;  // ms in a hundred years

}  // namespace

std::optional<milliseconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || count < 0) return std::nullopt;
  const std::string_view name{at, static_cast<std::size_t>(end - at)};
  for (const auto& unit : kUnits) {
    if (name != unit.name && !(name.empty() && unit.name == "s")) continue;
    if (count > kMost / unit.length.count()) return std::nullopt;
    return count * unit.length;
  }
  return std::nullopt;
}

std::string duration_text(milliseconds duration) {
  if (duration == milliseconds{0}) return "0s";
  for (const auto& unit : kUnits)
    if (duration % unit.length == milliseconds{0})
      return fmt::format("{}{}", duration / unit.length, unit.name);
  return {};
}

}  // namespace webmon::cli

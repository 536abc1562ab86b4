// The table of commands, and how Redis reads and writes numbers.
#include "tests/sim/model_commands.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace webmon::sim {
namespace {

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::unordered_map<std::string_view, Command> all_commands() {
  std::unordered_map<std::string_view, Command> all;
  for (const auto table : {key_commands(), text_commands(), hash_commands(), sorted_set_commands(),
                           range_commands(), list_commands(), stream_commands()})
    for (const auto& command : table) all.emplace(command.name, command);
  return all;
}

}  // namespace

const Command* find_command(std::string_view name) {
  static const auto all = all_commands();
  auto at = all.find(name);
  if (at == all.end()) {
    std::string loud{name};
    for (auto& c : loud) c = upper(c);
    at = all.find(loud);
  }
  return at == all.end() ? nullptr : &at->second;
}

std::optional<std::int64_t> parse_integer(std::string_view text) noexcept {
  std::int64_t value = 0;
  const auto digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits[0] == '0' && text.size() > 1)) return std::nullopt;
  const auto* end = text.data() + text.size();
  const auto [at, code] = std::from_chars(text.data(), end, value);
  if (code != std::errc{} || at != end) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view text) {
  // Below 10^15 an integer is exact, and most scores are times in ms.
  if (text.size() <= 15)
    if (const auto whole = parse_integer(text)) return static_cast<double>(*whole);
  if (text.empty() || std::isspace(static_cast<unsigned char>(text[0])) != 0) return std::nullopt;
  const std::string copy{text};
  char* end = nullptr;
  errno = 0;
  const double value = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size() || std::isnan(value)) return std::nullopt;
  if (errno == ERANGE && (std::isinf(value) || value == 0)) return std::nullopt;
  return value;
}

std::string_view format_double(double value, std::span<char, 32> buffer) noexcept {
  // The same text as %.17g, faster.
  if (std::fabs(value) < 1e15 && value == std::floor(value) && !std::signbit(value)) {
    const auto whole = static_cast<std::int64_t>(value);
    const auto* end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), whole).ptr;
    return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
  }
  const int size = std::snprintf(buffer.data(), buffer.size(), "%.17g", value);
  return {buffer.data(), static_cast<std::size_t>(size)};
}

bool is_word(std::string_view text, std::string_view upper_case) noexcept {
  if (text.size() != upper_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (upper(text[i]) != upper_case[i]) return false;
  return true;
}

}  // namespace webmon::sim

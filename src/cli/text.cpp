#include "cli/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdint>

namespace webmon::cli {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 1;
  bool is_valid = false;
};

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
CodePoint decode(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {};
  char32_t value = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    value = value << 6U | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  if (value < kLeast[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return {};
  return {value, size, true};
}

struct Range {
  char32_t first, last;
};

template <std::size_t N>
bool is_in(const std::array<Range, N>& ranges, char32_t c) noexcept {
  return std::ranges::any_of(ranges, [c](Range r) { return c >= r.first && c <= r.last; });
}

// Controls, and what is invisible or reorders text around it.
constexpr std::array kUnsafe{
    Range{0x00, 0x1F},       Range{0x7F, 0x9F},     Range{0xAD, 0xAD},     Range{0x061C, 0x061C},
    Range{0x180E, 0x180E},   Range{0x200B, 0x200F}, Range{0x2028, 0x202E}, Range{0x2060, 0x206F},
    Range{0xFEFF, 0xFEFF},   Range{0xFFF9, 0xFFFB}, Range{0xE000, 0xF8FF}, Range{0x1D173, 0x1D17A},
    Range{0xE0000, 0x10FFFF}};

// Unicode 15, EastAsianWidth W and F, in coarse blocks.
constexpr std::array kWide{
    Range{0x1100, 0x115F},   Range{0x231A, 0x231B},   Range{0x23E9, 0x23EC},
    Range{0x2614, 0x2615},   Range{0x26A1, 0x26A1},   Range{0x2705, 0x2705},
    Range{0x274C, 0x274C},   Range{0x2E80, 0x303E},   Range{0x3041, 0x33FF},
    Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},   Range{0xA000, 0xA4CF},
    Range{0xA960, 0xA97F},   Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},
    Range{0xFE30, 0xFE6F},   Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},
    Range{0x1F300, 0x1F64F}, Range{0x1F680, 0x1F6FF}, Range{0x1F900, 0x1F9FF},
    Range{0x20000, 0x3FFFD}};

constexpr std::array kCombining{
    Range{0x0300, 0x036F}, Range{0x0483, 0x0489}, Range{0x0591, 0x05BD}, Range{0x0610, 0x061A},
    Range{0x064B, 0x065F}, Range{0x0E31, 0x0E31}, Range{0x0E34, 0x0E3A}, Range{0x1AB0, 0x1AFF},
    Range{0x1DC0, 0x1DFF}, Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};

std::size_t width_of(char32_t c) noexcept {
  if (c < 0x300) return 1;
  if (is_in(kCombining, c)) return 0;
  return is_in(kWide, c) ? 2 : 1;
}

void append_escaped(std::string& out, char32_t c) {
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c < 0x80) {
    out += fmt::format("\\x{:02x}", static_cast<std::uint32_t>(c));
  } else {
    out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c));
  }
}

// Longest prefix of at most `width` columns, at least one character.
std::size_t prefix(std::string_view text, std::size_t width) noexcept {
  std::size_t used = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto c = decode(text.substr(at));
    const auto w = width_of(c.value);
    if (used + w > width && at > 0) break;
    used += w;
    at += c.size;
  }
  return at;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto c = decode(text);
    if (!c.is_valid) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else if (is_in(kUnsafe, c.value)) {
      append_escaped(out, c.value);
    } else {
      out.append(text.substr(0, c.size));
    }
    text.remove_prefix(c.size);
  }
  return out;
}

std::size_t columns(std::string_view text) noexcept {
  std::size_t total = 0;
  while (!text.empty()) {
    const auto c = decode(text);
    total += width_of(c.value);
    text.remove_prefix(c.size);
  }
  return total;
}

std::string clip(std::string_view text, std::size_t width) {
  if (columns(text) <= width) return std::string{text};
  if (width <= 1) return width == 0 ? "" : "…";
  return std::string{text.substr(0, prefix(text, width - 1))} + "…";
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  width = std::max<std::size_t>(width, 1);
  std::vector<std::string> lines;
  while (columns(text) > width) {
    const auto most = prefix(text, width);
    auto cut = text[most] == ' ' ? most : text.substr(0, most).rfind(' ');
    if (cut == std::string_view::npos || cut == 0) cut = most;
    lines.emplace_back(text.substr(0, cut));
    text.remove_prefix(cut);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

bool names_utf8(std::string_view locale) {
  const auto dot = locale.find('.');
  if (dot == std::string_view::npos) return false;
  std::string codeset;
  for (const char c : locale.substr(dot + 1, locale.find('@') - dot - 1))
    if (c != '-') codeset += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return codeset == "utf8";
}

std::string human_bytes(double bytes) {
  if (!(bytes >= 1000)) return fmt::format("{:.0f} B", bytes);
  constexpr std::array kUnits{"KB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  bytes /= 1000;
  while (bytes >= 999.95 && unit + 1 < kUnits.size()) {
    bytes /= 1000;
    ++unit;
  }
  return fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

std::string human_number(double value) {
  if (!std::isfinite(value)) return "-";
  if (value == std::round(value) && std::abs(value) < 1e15) return fmt::format("{:.0f}", value);
  return std::abs(value) >= 1000 ? fmt::format("{:.1f}", value) : fmt::format("{:.4g}", value);
}

std::string rough_number(double value) {
  if (value == 0 || !std::isfinite(value)) return human_number(value);
  const double step = std::pow(10, std::floor(std::log10(std::abs(value))) - 2);
  return human_number(std::round(value / step) * step);
}

}  // namespace webmon::cli

#include "lib/html/named_char_ref.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace webmon::html {
namespace {

constexpr NamedCharRef kNamed[] = {
#include "lib/html/named_char_refs.inc"
};
constexpr std::size_t kCount = std::size(kNamed);
static_assert(kCount == 2231);
static_assert(std::ranges::is_sorted(kNamed, {}, &NamedCharRef::name));

// kStart[c]: the first name that begins with c or a greater character.
constexpr auto kStart = [] {
  std::array<std::uint16_t, 129> start{};
  std::size_t at = 0;
  for (std::size_t c = 0; c < start.size(); ++c) {
    while (at < kCount && static_cast<unsigned char>(kNamed[at].name[0]) < c) ++at;
    start[c] = static_cast<std::uint16_t>(at);
  }
  return start;
}();

/// The character at `at`; nothing sorts before everything.
int character(const NamedCharRef& ref, std::size_t at) noexcept {
  return at < ref.name.size() ? static_cast<unsigned char>(ref.name[at]) : -1;
}

}  // namespace

NamedMatch match_named(std::string_view text) noexcept {
  if (text.empty()) return {.longest = nullptr, .is_open = true};
  const auto first = static_cast<unsigned char>(text[0]);
  if (first >= 128) return {};
  const NamedCharRef* low = kNamed + kStart[first];
  const NamedCharRef* high = kNamed + kStart[first + 1U];
  NamedMatch match;
  // [low, high) are the names that begin with the first `size` characters of `text`.
  for (std::size_t size = 1; low != high; ++size) {
    if (low->name.size() == size) match.longest = low++;
    if (low == high) break;
    if (size == text.size()) {
      match.is_open = true;
      break;
    }
    const int next = static_cast<unsigned char>(text[size]);
    const auto at = [size](const NamedCharRef& ref) { return character(ref, size); };
    low = std::ranges::lower_bound(low, high, next, {}, at);
    if (low == high || at(*low) != next) break;
    high = std::ranges::upper_bound(low, high, next, {}, at);
  }
  return match;
}

}  // namespace webmon::html

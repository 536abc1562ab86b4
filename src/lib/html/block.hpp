/// Sixteen characters at a time: which of them are something. Most texts, names and values of a
/// page are shorter, so that one step without a loop finds their end. Needs SSE2, which x86-64 has;
/// elsewhere there are no blocks, and loops over characters do all of it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "lib/html/chars.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace webmon::html {

#if defined(__SSE2__)
class Block {
 public:
  static constexpr std::size_t kSize = 16;
  /// A bit for each character, the first one lowest.
  using Mask = std::uint32_t;

  explicit Block(const char* at) noexcept
      : bytes_{_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))} {}

  /// The first `size` characters, at most 16, of a text that may end there; the others are
  /// anything.
  static Block partial(const char* at, std::size_t size) noexcept {
    if (size == kSize) return Block{at};
    const auto load = [](const char* from, auto word) {
      std::memcpy(&word, from, sizeof word);
      return std::uint64_t{word};
    };
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    if (size >= 8) {  // two words that overlap
      low = load(at, std::uint64_t{});
      if (size > 8) high = load(at + size - 8, std::uint64_t{}) >> 8 * (16 - size);
    } else if (size >= 4) {
      low = load(at, std::uint32_t{}) | load(at + size - 4, std::uint32_t{}) << 8 * (size - 4);
    } else if (size > 0) {
      low = load(at, std::uint8_t{}) | load(at + size / 2, std::uint8_t{}) << 8 * (size / 2) |
            load(at + size - 1, std::uint8_t{}) << 8 * (size - 1);
    }
    return Block{_mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low))};
  }
  bool is_ascii() const noexcept { return mask(bytes_) == 0; }
  /// Whether 64 characters are printable ones, tabs and line ends; bytes beyond ASCII, which are
  /// negative numbers here, are not.
  static bool are_plain_ascii(const char* at) noexcept {
    __m128i are_plain = all('\xFF');
    for (std::size_t i = 0; i < 4; ++i) {
      const __m128i bytes = Block{at + i * kSize}.bytes_;
      const __m128i is_printable =
          _mm_andnot_si128(_mm_cmpeq_epi8(bytes, all('\x7F')), _mm_cmpgt_epi8(bytes, all('\x1F')));
      const __m128i is_line =
          _mm_or_si128(_mm_cmpeq_epi8(bytes, all('\n')), _mm_cmpeq_epi8(bytes, all('\t')));
      are_plain = _mm_and_si128(are_plain, _mm_or_si128(is_printable, is_line));
    }
    return mask(are_plain) == 0xFFFFU;
  }
  /// Writes all 16 characters, tabs and line ends as spaces.
  void store_with_spaces(char* out) const noexcept {
    const __m128i moved = _mm_sub_epi8(bytes_, all('\t'));
    const __m128i is_space = _mm_cmpeq_epi8(_mm_min_epu8(moved, all('\r' - '\t')), moved);
    const __m128i spaces = _mm_and_si128(is_space, all(' '));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                     _mm_or_si128(_mm_andnot_si128(is_space, bytes_), spaces));
  }

  Mask equal(char c) const noexcept { return mask(_mm_cmpeq_epi8(bytes_, all(c))); }
  Mask at_most(unsigned char c) const noexcept {
    const __m128i limit = all(static_cast<char>(c));
    return mask(_mm_cmpeq_epi8(_mm_min_epu8(bytes_, limit), bytes_));
  }
  /// `first` to `last`, both among them.
  Mask within(unsigned char first, unsigned char last) const noexcept {
    const __m128i moved = _mm_sub_epi8(bytes_, all(static_cast<char>(first)));
    const __m128i limit = all(static_cast<char>(last - first));
    return mask(_mm_cmpeq_epi8(_mm_min_epu8(moved, limit), moved));
  }

 private:
  explicit Block(__m128i bytes) noexcept : bytes_{bytes} {}
  static __m128i all(char c) noexcept { return _mm_set1_epi8(c); }
  static Mask mask(__m128i bytes) noexcept { return static_cast<Mask>(_mm_movemask_epi8(bytes)); }

  __m128i bytes_;
};
#endif

/// The first character of [p, end) that has a class in `table`; `end` if there is none. `find`
/// gives the places of a block where such stand, or, if not `IsExact`, may stand.
template <bool IsExact, class Find>
inline const char* skip_plain(const char* p, const char* end, const CharClass& table,
                              [[maybe_unused]] Find&& find) noexcept {
#if defined(__SSE2__)
  while (static_cast<std::size_t>(end - p) >= Block::kSize) {
    const Block::Mask found = find(Block{p});
    if (found == 0) {
      p += Block::kSize;
      continue;
    }
    p += std::countr_zero(found);
    if (IsExact || class_of(table, *p) != 0) return p;
    ++p;
  }
#endif
  while (p != end && class_of(table, *p) == 0) ++p;
  return p;
}

/// How many bits of a block's mask are set. Without an instruction for it, which not every x86-64
/// has, the compiler would call a function.
constexpr std::uint32_t count_bits(std::uint32_t mask) noexcept {
  mask -= mask >> 1U & 0x5555U;
  mask = (mask & 0x3333U) + (mask >> 2U & 0x3333U);
  mask = (mask + (mask >> 4U)) & 0x0F0FU;
  return (mask + (mask >> 8U)) & 0x1FU;
}

}  // namespace webmon::html

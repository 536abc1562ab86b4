/// SimHash (Charikar 2002): 64 bits that differ in few places where two bags of features differ in
/// few members. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace webmon::html {

/// Mixes all bits of `value`. Source: MurmurHash3's 64-bit finaliser.
constexpr std::uint64_t mix(std::uint64_t value) noexcept {
  value = (value ^ value >> 33U) * 0xFF51AFD7ED558CCDU;
  value = (value ^ value >> 33U) * 0xC4CEB9FE1A85EC53U;
  return value ^ value >> 33U;
}

class SimHash {
 public:
  /// Adds a feature by its hash. Votes are counted in bytes, 8 bits of the hash at a time.
  void add(std::uint64_t hash) noexcept {
    for (std::size_t i = 0; i < lanes_.size(); ++i) lanes_[i] += kSpread[hash >> 8 * i & 0xFFU];
    if (++pending_ == 255) flush();
  }
  /// 0 if nothing was added.
  std::uint64_t value() noexcept;

 private:
  /// Bit i of the index as the lowest bit of byte i.
  static constexpr auto kSpread = [] {
    std::array<std::uint64_t, 256> table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte) {
      for (std::size_t bit = 0; bit < 8; ++bit) {
        table[byte] |= std::uint64_t{byte >> bit & 1U} << 8 * bit;
      }
    }
    return table;
  }();
  void flush() noexcept;

  std::array<std::uint64_t, 8> lanes_{};   // 64 counters of a byte
  std::array<std::uint32_t, 64> votes_{};  // for a 1 in that bit
  std::uint32_t pending_ = 0;              // votes in lanes_
  std::uint32_t count_ = 0;
};

/// Of the words of `text`, which one space separates.
std::uint64_t simhash_of_words(std::string_view text) noexcept;

}  // namespace webmon::html

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
  /// Adds a feature by its hash.
  void add(std::uint64_t hash) noexcept {
    waiting_[count_ % waiting_.size()] = hash;
    if (++count_ % waiting_.size() == 0) absorb();
  }
  /// 0 if nothing was added. Call once.
  std::uint64_t value() noexcept;

 private:
  void absorb() noexcept;
  void flush_eights() noexcept;
  void count(std::uint64_t bits, std::uint32_t weight) noexcept;

  std::array<std::uint64_t, 8> waiting_{};
  // How many of the hashes have a 1 in a place, for 64 places at once: bits of a counter, the
  // higher ones in votes_ (Harley and Seal's counting of bits, by place).
  std::uint64_t ones_ = 0;
  std::uint64_t twos_ = 0;
  std::uint64_t fours_ = 0;
  std::array<std::uint64_t, 8> eights_{};  // counters of a byte, 8 places each
  std::uint32_t eights_count_ = 0;
  std::array<std::uint32_t, 64> votes_{};
  std::uint32_t count_ = 0;
};

/// Of the words of `text`, which one space separates.
std::uint64_t simhash_of_words(std::string_view text) noexcept;

}  // namespace webmon::html

/// A set of hashes in a fixed number of bytes that forgets what was not seen for long. It may say
/// that it has what it has not (`capacity` says how often), never the reverse within its memory.
/// Pure.
/// Source: Bloom 1970; two generations as in Yoon 2010, "Aging Bloom Filter".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace webmon::change {

/// Bits that are set. Without an instruction for it, which not every x86-64 has, the compiler would
/// call a function.
constexpr std::size_t ones(std::uint64_t word) noexcept {
  word -= word >> 1U & 0x5555555555555555U;
  word = (word & 0x3333333333333333U) + (word >> 2U & 0x3333333333333333U);
  word = (word + (word >> 4U)) & 0x0F0F0F0F0F0F0F0FU;
  return word * 0x0101010101010101U >> 56U;
}
constexpr std::size_t ones(std::span<const std::uint64_t> bits) noexcept {
  std::size_t count = 0;
  for (const std::uint64_t word : bits) count += ones(word);
  return count;
}

/// Two generations of `kBytes` each, a power of two; `kProbes` bits for each member.
template <std::size_t kBytes, unsigned kProbes>
class FadingSet {
 public:
  /// Bit i is i % 64 of word i / 64.
  using Bits = std::array<std::uint64_t, kBytes / 8>;

  bool contains(std::uint64_t hash) const noexcept { return is_young(hash) || has(old_, hash); }
  /// Whether it was added since the last time that `age` made a generation the old one.
  bool is_young(std::uint64_t hash) const noexcept { return has(young_, hash); }
  /// Whether none was.
  bool has_no_young() const noexcept { return young_ == Bits{}; }

  /// Only if `is_wanted`, in the same time: no branch that cannot be guessed.
  void add(std::uint64_t hash, bool is_wanted = true) noexcept {
    for (unsigned i = 0; i < kProbes; ++i) {
      const std::size_t bit = place(hash, i);
      young_[bit / 64] |= static_cast<std::uint64_t>(is_wanted) << bit % 64;
    }
  }
  /// Call after each observation: a young generation that is full becomes the old one.
  void age() noexcept {
    if (ones(young_) * 2 <= kBytes * 8) return;
    old_ = young_;
    young_ = {};
  }
  /// With so many members a generation takes one stranger for a member in 9 if it has 2 probes, in
  /// 16 if 3, in 28 if 4: (1 - e^(-probes / (probes + 3)))^probes.
  static constexpr std::size_t capacity() noexcept { return kBytes * 8 / (kProbes + 3); }

  const Bits& young() const noexcept { return young_; }
  const Bits& old() const noexcept { return old_; }
  Bits& young() noexcept { return young_; }
  Bits& old() noexcept { return old_; }
  bool operator==(const FadingSet&) const = default;

 private:
  static std::size_t place(std::uint64_t hash, unsigned i) noexcept {
    // Kirsch and Mitzenmacher 2006: two hashes make all.
    return ((hash & 0xFFFFFFFFU) + i * ((hash >> 32U) | 1U)) & (kBytes * 8 - 1);
  }
  static bool has(const Bits& generation, std::uint64_t hash) noexcept {
    for (unsigned i = 0; i < kProbes; ++i) {
      const std::size_t bit = place(hash, i);
      if ((generation[bit / 64] >> bit % 64 & 1U) == 0) return false;
    }
    return true;
  }

  Bits young_{}, old_{};
};

}  // namespace webmon::change

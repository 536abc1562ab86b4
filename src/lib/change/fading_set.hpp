/// A set of hashes in a fixed number of bytes that forgets what was not seen for long. It may say
/// that it has what it has not (about one in fifty), never the reverse within its memory. Pure.
/// Source: Bloom 1970; two generations as in Yoon 2010, "Aging Bloom Filter".
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace webmon::change {

/// Bits that are set; the size is a multiple of 8.
inline std::size_t ones(std::string_view bits) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i + 8 <= bits.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bits.data() + i, 8);
    if (word != 0) count += static_cast<std::size_t>(std::popcount(word));
  }
  return count;
}

class FadingSet {
 public:
  /// Two generations of `bytes` each; a power of two.
  FadingSet(std::size_t bytes, unsigned probes)
      : probes_{probes}, young_(bytes, '\0'), old_(bytes, '\0') {}

  bool contains(std::uint64_t hash) const noexcept { return has(young_, hash) || has(old_, hash); }

  void add(std::uint64_t hash) noexcept {
    for (unsigned i = 0; i < probes_; ++i) {
      const std::size_t bit = place(hash, i);
      young_[bit / 8] =
          static_cast<char>(static_cast<unsigned char>(young_[bit / 8]) | 1U << (bit % 8));
    }
  }
  /// Call after each observation: a young generation that is full becomes the old one.
  void age() {
    if (ones(young_) * 2 <= young_.size() * 8) return;
    old_ = young_;
    std::ranges::fill(young_, '\0');
  }
  /// Members that one generation holds before one answer in a hundred is wrong.
  std::size_t capacity() const noexcept { return young_.size() * 8 / (probes_ + 3); }

  /// Their bits; who writes them keeps their size.
  const std::string& young() const noexcept { return young_; }
  const std::string& old() const noexcept { return old_; }
  std::string& young() noexcept { return young_; }
  std::string& old() noexcept { return old_; }
  bool operator==(const FadingSet&) const = default;

 private:
  std::size_t place(std::uint64_t hash, unsigned i) const noexcept {
    // Kirsch and Mitzenmacher 2006: two hashes make all.
    return ((hash & 0xFFFFFFFFU) + i * ((hash >> 32U) | 1U)) & (young_.size() * 8 - 1);
  }
  bool has(const std::string& generation, std::uint64_t hash) const noexcept {
    for (unsigned i = 0; i < probes_; ++i) {
      const std::size_t bit = place(hash, i);
      if ((static_cast<unsigned char>(generation[bit / 8]) >> (bit % 8) & 1U) == 0) return false;
    }
    return true;
  }
  unsigned probes_;
  std::string young_, old_;
};

}  // namespace webmon::change

#include "lib/html/simhash.hpp"

#include <bit>
#include <cstring>

namespace webmon::html {
namespace {

constexpr std::uint64_t kSpaces = 0x2020202020202020U;
constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kHighBits = 0x8080808080808080U;
static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");

/// Bytes before the first space in `word`, at most 8.
unsigned size_before_space(std::uint64_t word) noexcept {
  const std::uint64_t zeros = word ^ kSpaces;
  const std::uint64_t found = (zeros - kOnes) & ~zeros & kHighBits;
  return found == 0 ? 8U : static_cast<unsigned>(std::countr_zero(found)) / 8U;
}

std::uint64_t load(const char* at, std::size_t size) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, size < sizeof word ? size : sizeof word);
  return word;
}

}  // namespace

void SimHash::flush() noexcept {
  for (std::size_t bit = 0; bit < votes_.size(); ++bit) {
    votes_[bit] += static_cast<std::uint32_t>(lanes_[bit / 8] >> 8 * (bit % 8) & 0xFFU);
  }
  lanes_ = {};
  count_ += pending_;
  pending_ = 0;
}

std::uint64_t SimHash::value() noexcept {
  flush();
  std::uint64_t hash = 0;
  for (std::size_t bit = 0; bit < votes_.size(); ++bit) {
    hash |= std::uint64_t{votes_[bit] > count_ / 2} << bit;
  }
  return hash;
}

std::uint64_t simhash_of_words(std::string_view text) noexcept {
  SimHash simhash;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::uint64_t hash = 0;
    for (;;) {
      const auto left = static_cast<std::size_t>(end - at);
      const bool is_far = left >= sizeof hash;
      const std::uint64_t piece = is_far ? load(at, sizeof hash) : load(at, left);
      unsigned size = size_before_space(piece);
      if (!is_far && size > left) size = static_cast<unsigned>(left);
      const std::uint64_t mask = size == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << 8 * size) - 1;
      hash = mix(hash * 31 + (piece & mask) + size);
      at += size;
      if (size < 8 || at == end) break;
    }
    simhash.add(hash);
    if (at != end) ++at;  // the space
  }
  return simhash.value();
}

}  // namespace webmon::html

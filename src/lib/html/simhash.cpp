#include "lib/html/simhash.hpp"

#include <bit>
#include <cstring>

namespace webmon::html {
namespace {

constexpr std::uint64_t kEightSpaces = 0x2020202020202020U;
constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kHighBits = 0x8080808080808080U;
constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15U;  // 2^64 / golden ratio
static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");

/// Bytes before the first space in `word`, at most 8.
unsigned size_before_space(std::uint64_t word) noexcept {
  const std::uint64_t zeros = word ^ kEightSpaces;
  const std::uint64_t found = (zeros - kOnes) & ~zeros & kHighBits;
  return found == 0 ? 8U : static_cast<unsigned>(std::countr_zero(found)) / 8U;
}

/// sum += a + b, in each place; what does not fit goes to `carry`.
void add_bits(std::uint64_t& sum, std::uint64_t a, std::uint64_t b, std::uint64_t& carry) noexcept {
  const std::uint64_t half = a ^ b;
  carry = (a & b) | (half & sum);
  sum ^= half;
}

/// Bit i of the index as the lowest bit of byte i.
constexpr auto kSpread = [] {
  std::array<std::uint64_t, 256> table{};
  for (std::size_t byte = 0; byte < table.size(); ++byte) {
    for (std::size_t bit = 0; bit < 8; ++bit) {
      table[byte] |= std::uint64_t{byte >> bit & 1U} << 8 * bit;
    }
  }
  return table;
}();

std::uint64_t load(const char* at, std::size_t size) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, size < sizeof word ? size : sizeof word);
  return word;
}

}  // namespace

/// Adds 8 hashes as 7 full adders do.
void SimHash::absorb() noexcept {
  const auto& in = waiting_;
  std::uint64_t twos_a = 0;
  std::uint64_t twos_b = 0;
  std::uint64_t fours_a = 0;
  std::uint64_t fours_b = 0;
  add_bits(ones_, in[0], in[1], twos_a);
  add_bits(ones_, in[2], in[3], twos_b);
  add_bits(twos_, twos_a, twos_b, fours_a);
  add_bits(ones_, in[4], in[5], twos_a);
  add_bits(ones_, in[6], in[7], twos_b);
  add_bits(twos_, twos_a, twos_b, fours_b);
  std::uint64_t eights = 0;
  add_bits(fours_, fours_a, fours_b, eights);
  for (std::size_t i = 0; i < eights_.size(); ++i) eights_[i] += kSpread[eights >> 8 * i & 0xFFU];
  if (++eights_count_ == 255) flush_eights();
}

void SimHash::flush_eights() noexcept {
  for (std::size_t place = 0; place < votes_.size(); ++place) {
    const std::uint64_t counters = eights_[place / 8];
    votes_[place] += 8 * static_cast<std::uint32_t>(counters >> 8 * (place % 8) & 0xFFU);
  }
  eights_ = {};
  eights_count_ = 0;
}

void SimHash::count(std::uint64_t bits, std::uint32_t weight) noexcept {
  for (std::size_t place = 0; place < votes_.size(); ++place) {
    votes_[place] += weight * static_cast<std::uint32_t>(bits >> place & 1U);
  }
}

std::uint64_t SimHash::value() noexcept {
  if (count_ == 0) return 0;
  flush_eights();
  for (std::size_t i = 0; i < count_ % waiting_.size(); ++i) count(waiting_[i], 1);
  count(ones_, 1);
  count(twos_, 2);
  count(fours_, 4);
  std::uint64_t hash = 0;
  for (std::size_t place = 0; place < votes_.size(); ++place) {
    hash |= std::uint64_t{votes_[place] > count_ / 2} << place;
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
      hash = (std::rotl(hash, 29) ^ (piece & mask)) * kMultiplier;
      at += size;
      if (size < 8 || at == end) break;
    }
    simhash.add(hash ^ hash >> 32U);
    if (at != end) ++at;  // the space
  }
  return simhash.value();
}

}  // namespace webmon::html

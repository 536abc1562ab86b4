#include "lib/core/id.hpp"

#include <openssl/sha.h>

#include <cctype>

namespace webmon {

Partition partition_of_host(std::string_view host) noexcept {
  std::uint16_t crc = 0;
  for (const char c : host) {
    const auto lower = static_cast<std::uint8_t>(std::tolower(static_cast<unsigned char>(c)));
    crc = static_cast<std::uint16_t>(crc ^ lower << 8U);
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<std::uint16_t>((crc & 0x8000U) != 0 ? crc << 1U ^ 0x1021U : crc << 1U);
  }
  return static_cast<Partition>(crc % kPartitions);
}

namespace detail {
namespace {

constexpr bool is_dash(std::size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

void stamp(std::array<std::uint8_t, 16>& b, Partition partition) {
  b[6] = static_cast<std::uint8_t>(0x70U | (b[6] & 0x0fU));  // version 7
  b[8] = static_cast<std::uint8_t>(0x80U | (b[8] & 0x3fU));  // variant 10
  b[15] = static_cast<std::uint8_t>((b[15] & 0xc0U) | (partition & 0x3fU));
}

}  // namespace

std::string uuid_text(const std::array<std::uint8_t, 16>& bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text(36, '-');
  std::size_t at = 0;
  for (const auto byte : bytes) {
    if (is_dash(at)) ++at;
    text[at++] = kHex[byte >> 4U];
    text[at++] = kHex[byte & 15U];
  }
  return text;
}

Result<std::array<std::uint8_t, 16>> parse_uuid(std::string_view text) {
  std::array<std::uint8_t, 16> bytes{};
  if (text.size() != 36) return fail(Errc::bad_input, "an id has 36 characters");
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash(i)) {
      if (text[i] != '-') return fail(Errc::bad_input, "not a UUID in lower case");
      continue;
    }
    const int value = hex_value(text[i]);
    if (value < 0) return fail(Errc::bad_input, "not a UUID in lower case");
    auto& byte = bytes[nibble / 2];
    byte = static_cast<std::uint8_t>(byte << 4U | static_cast<unsigned>(value));
    ++nibble;
  }
  if (bytes[6] >> 4U != 7 || bytes[8] >> 6U != 2) return fail(Errc::bad_input, "not a UUIDv7");
  return bytes;
}

std::array<std::uint8_t, 16> make_uuid7(StoreTime now, Rng& rng, Partition partition) {
  std::array<std::uint8_t, 16> b{};
  const auto ms = static_cast<std::uint64_t>(to_ms(now));
  for (std::size_t i = 0; i < 6; ++i) b[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  std::uint64_t words[2] = {rng.next(), rng.next()};
  for (std::size_t i = 6; i < 16; ++i) {
    auto& word = words[i < 8 ? 0 : 1];
    b[i] = static_cast<std::uint8_t>(word);
    word >>= 8U;
  }
  stamp(b, partition);
  return b;
}

std::array<std::uint8_t, 16> derive_uuid(std::string_view seed, Partition partition) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(seed.data()), seed.size(), digest.data());
  std::array<std::uint8_t, 16> b{};
  std::copy_n(digest.begin(), b.size(), b.begin());
  stamp(b, partition);
  return b;
}

}  // namespace detail
}  // namespace webmon

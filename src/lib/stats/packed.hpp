/// Numbers of packed states, little-endian. Pure.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace webmon::packed {

static_assert(std::endian::native == std::endian::little, "the machines that Webmon runs on");

template <std::unsigned_integral U>
void put(std::string& out, U value) {
  std::array<char, sizeof(U)> bytes;
  std::memcpy(bytes.data(), &value, sizeof(U));
  out.append(bytes.data(), sizeof(U));
}
inline void put(std::string& out, double value) { put(out, std::bit_cast<std::uint64_t>(value)); }
inline void put(std::string& out, float value) { put(out, std::bit_cast<std::uint32_t>(value)); }

/// Takes `sizeof(U)` bytes from the front; the caller has checked the length.
template <std::unsigned_integral U>
U take(std::string_view& in) noexcept {
  U value = 0;
  std::memcpy(&value, in.data(), sizeof(U));
  in.remove_prefix(sizeof(U));
  return value;
}
inline double take_double(std::string_view& in) noexcept {
  return std::bit_cast<double>(take<std::uint64_t>(in));
}
inline float take_float(std::string_view& in) noexcept {
  return std::bit_cast<float>(take<std::uint32_t>(in));
}

/// LEB128: seven bits a byte, the lowest first, the high bit set where more follow. 1 to 10 bytes.
inline void put_varint(std::string& out, std::uint64_t value) {
  for (; value > 0x7F; value >>= 7U) out.push_back(static_cast<char>(value | 0x80U));
  out.push_back(static_cast<char>(value));
}

/// Takes one from the front. Nothing if it is cut off, or not what `put_varint` writes: longer than
/// it must be, beyond 64 bits.
inline std::optional<std::uint64_t> take_varint(std::string_view& in) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const auto byte = take<std::uint8_t>(in);
    const std::uint64_t bits = byte & 0x7FU;
    if (bits << shift >> shift != bits) return std::nullopt;
    value |= bits << shift;
    if (byte < 0x80) return byte == 0 && shift > 0 ? std::nullopt : std::optional{value};
  }
  return std::nullopt;
}

}  // namespace webmon::packed

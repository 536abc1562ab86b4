/// Numbers of packed states, little-endian. Pure.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webmon::packed {

template <std::unsigned_integral U>
void put(std::string& out, U value) {
  for (std::size_t i = 0; i < sizeof(U); ++i) {
    out.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> (8U * i))));
  }
}
inline void put(std::string& out, double value) { put(out, std::bit_cast<std::uint64_t>(value)); }
inline void put(std::string& out, float value) { put(out, std::bit_cast<std::uint32_t>(value)); }

/// Takes `sizeof(U)` bytes from the front; the caller has checked the length.
template <std::unsigned_integral U>
U take(std::string_view& in) noexcept {
  U value = 0;
  for (std::size_t i = 0; i < sizeof(U); ++i) {
    value = static_cast<U>(value | static_cast<U>(static_cast<std::uint8_t>(in[i])) << (8U * i));
  }
  in.remove_prefix(sizeof(U));
  return value;
}
inline double take_double(std::string_view& in) noexcept {
  return std::bit_cast<double>(take<std::uint64_t>(in));
}
inline float take_float(std::string_view& in) noexcept {
  return std::bit_cast<float>(take<std::uint32_t>(in));
}

}  // namespace webmon::packed

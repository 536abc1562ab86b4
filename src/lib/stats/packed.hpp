/// Numbers of packed states, little-endian. Pure.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
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

}  // namespace webmon::packed

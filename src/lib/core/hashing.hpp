/// Hashes for comparing texts with earlier ones; not for anything that must resist somebody who
/// knows the seed. Pure.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace webmon {

/// The finaliser of splitmix64: each bit of the result depends on all of `h`.
constexpr std::uint64_t mix(std::uint64_t h) noexcept {
  h = (h ^ (h >> 30U)) * 0xbf58476d1ce4e5b9U;
  h = (h ^ (h >> 27U)) * 0x94d049bb133111ebU;
  return h ^ (h >> 31U);
}

/// Eight bytes at a time; the same on machines of one byte order only, which is where states live.
inline std::uint64_t hash_of(std::string_view text, std::uint64_t seed) noexcept {
  std::uint64_t h = seed ^ text.size();
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    h = mix(h ^ word) + 0x9e3779b97f4a7c15U;
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  return mix(h ^ rest);
}

}  // namespace webmon

/// Which names (origins, domains ...) an asset has shown before, within the 512 bytes of a plugin's
/// state. Pure.
///
/// State: u64 salt, u8 observations (saturating), then 6 bytes a name, the most recently seen
/// first; the least recently seen are forgotten over the most. The salt comes from the moment of
/// the first observation, so that nobody can prepare a name that has the hash of a known one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/hashing.hpp"
#include "lib/stats/detector.hpp"

namespace webmon::plugins {

class KnownSet {
 public:
  static constexpr std::size_t kMost = 80;

  /// A state that is none begins anew; `now` makes the salt then. A plugin of two sets gives each
  /// its share of the names.
  KnownSet(std::string_view state, StoreTime now, std::size_t most = kMost) : most_{most} {
    if (state.size() < kHead || (state.size() - kHead) % kEach != 0) {
      salt_ = mix(static_cast<std::uint64_t>(now.time_since_epoch().count()));
      return;
    }
    salt_ = number(state.substr(0, 8));
    observations_ = static_cast<std::uint8_t>(state[8]);
    for (state.remove_prefix(kHead); !state.empty(); state.remove_prefix(kEach)) {
      before_.push_back(number(state.substr(0, kEach)));
    }
  }

  /// Nothing was known, so nothing can be new.
  bool is_first() const noexcept { return observations_ == 0; }
  /// Enough observations to call a name unusual: as many as the statistics need.
  bool is_settled() const noexcept { return observations_ >= kWarmup; }

  /// Whether `name` was not seen before. Notes it; each name at most once an observation.
  bool add(std::string_view name) {
    const std::uint64_t hash = hash_of(name, salt_) >> 16U;
    if (std::ranges::find(now_, hash) != now_.end()) return false;
    now_.push_back(hash);
    return !is_first() && std::ranges::find(before_, hash) == before_.end();
  }

  /// After this observation.
  std::string state() const {
    std::vector<std::uint64_t> all = now_;
    for (const std::uint64_t hash : before_) {
      if (std::ranges::find(now_, hash) == now_.end()) all.push_back(hash);
    }
    if (all.size() > most_) all.resize(most_);
    std::string out;
    out.reserve(kHead + kEach * all.size());
    put(out, salt_, 8);
    put(out, std::min<std::uint64_t>(observations_ + 1U, 255), 1);
    for (const std::uint64_t hash : all) put(out, hash, kEach);
    return out;
  }

 private:
  static constexpr std::size_t kHead = 9, kEach = 6;

  static std::uint64_t number(std::string_view bytes) noexcept {
    std::uint64_t value = 0;
    for (const char c : bytes) value = value << 8U | static_cast<unsigned char>(c);
    return value;
  }
  static void put(std::string& out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = bytes; i > 0; --i) {
      out.push_back(static_cast<char>(value >> (8 * (i - 1)) & 0xFFU));
    }
  }
  std::size_t most_;
  std::uint64_t salt_ = 0;
  std::uint8_t observations_ = 0;
  std::vector<std::uint64_t> before_, now_;
};

/// Two states in one: u8 length of the first, the first, the second.
inline std::string joined_state(const std::string& first, const std::string& second) {
  return std::string(1, static_cast<char>(first.size())) + first + second;
}
inline std::pair<std::string_view, std::string_view> split_state(std::string_view state) {
  if (state.empty()) return {};
  const auto size = std::min<std::size_t>(static_cast<unsigned char>(state[0]), state.size() - 1);
  return {state.substr(1, size), state.substr(1 + size)};
}

}  // namespace webmon::plugins

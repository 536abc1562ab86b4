/// Identifiers: UUIDv7 (RFC 9562 §5.7) in lower case whose low 6 bits are the partition, so whoever
/// holds an id knows where its keys are. Order is never derived from ids.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"
#include "lib/core/rng.hpp"

namespace webmon {

inline constexpr unsigned kPartitions = 64;

/// 0 to 63. Keys of one partition share the hash tag {pNN}.
using Partition = std::uint8_t;

/// crc16 (XMODEM, as in the Redis Cluster specification) of the host in lower case, modulo 64.
Partition partition_of_host(std::string_view host) noexcept;

/// 128 bits; the text form is 36 characters. A default Id is nil and never valid.
template <class Tag>
class Id {
 public:
  static constexpr std::size_t kTextSize = 36;
  constexpr Id() = default;
  explicit constexpr Id(const std::array<std::uint8_t, 16>& bytes) : bytes_{bytes} {}

  Partition partition() const noexcept { return bytes_[15] & 63U; }
  const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  bool is_nil() const noexcept { return bytes_ == std::array<std::uint8_t, 16>{}; }
  std::string text() const;
  auto operator<=>(const Id&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

using AssetId = Id<struct AssetTag>;
using JobId = Id<struct JobTag>;
using RunId = Id<struct RunTag>;

namespace detail {
std::string uuid_text(const std::array<std::uint8_t, 16>& bytes);
Result<std::array<std::uint8_t, 16>> parse_uuid(std::string_view text);
std::array<std::uint8_t, 16> make_uuid7(StoreTime now, Rng& rng, Partition partition);
std::array<std::uint8_t, 16> derive_uuid(std::string_view seed, Partition partition);
}  // namespace detail

template <class Tag>
std::string Id<Tag>::text() const {
  return detail::uuid_text(bytes_);
}

/// A new id. `now` only fills the time field of UUIDv7.
template <class I>
I make_id(StoreTime now, Rng& rng, Partition partition) {
  return I{detail::make_uuid7(now, rng, partition)};
}

/// The id that belongs to `seed` for ever (from SHA-256), so that a repeated call makes the same
/// id.
template <class I>
I derive_id(std::string_view seed, Partition partition) {
  return I{detail::derive_uuid(seed, partition)};
}

/// Accepts exactly the 36-character lower-case form with version 7. Errors: bad_input.
template <class I>
Result<I> parse_id(std::string_view text) {
  auto bytes = detail::parse_uuid(text);
  if (!bytes) return fail(std::move(bytes.error()));
  return I{*bytes};
}

}  // namespace webmon

template <class Tag>
struct std::hash<webmon::Id<Tag>> {
  std::size_t operator()(const webmon::Id<Tag>& id) const noexcept {
    std::size_t value = 0;  // bytes 8 to 15 are random
    for (std::size_t i = 8; i < 16; ++i) value = value << 8U | id.bytes()[i];
    return value;
  }
};

/// Recent samples of one asset: a pre-sized ring in one Redis string. Self-describing: the header
/// lists the metric numbers of its columns, so a new set of metrics starts a new ring and old rings
/// stay readable. Pure.
///   header: u8 version=1, u8 slots, u16 columns, columns x u16 metric number (little-endian) row:
///   i64 observed ms, u8 asset state, u8 flags (1 = late), u16 0, columns x float32 (NaN = absent)
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/asset.hpp"
#include "lib/core/clock.hpp"
#include "lib/core/report.hpp"

namespace webmon::store {

inline constexpr std::size_t kHistorySlots = 32;

class HistoryLayout {
 public:
  explicit HistoryLayout(std::vector<std::uint16_t> metrics);
  std::uint32_t id() const noexcept;  ///< crc32 of the header, never 0
  const std::string& header() const noexcept;
  std::size_t ring_bytes() const noexcept;
  /// Byte offset of the row for the `n`-th observation (from 0).
  std::size_t offset(std::uint64_t n) const noexcept;
  std::string row(StoreTime observed, AssetState state, bool is_late,
                  std::span<const Metric> metrics) const;

 private:
  std::vector<std::uint16_t> metrics_;
  std::string header_;
  std::uint32_t id_ = 0;
};

struct HistoryRow {
  StoreTime observed{};
  AssetState state = AssetState::unknown;
  bool is_late = false;
  std::vector<std::optional<float>> values;  ///< by column
};
struct History {
  std::vector<std::uint16_t> metrics;
  std::vector<HistoryRow> rows;  ///< oldest first, empty slots left out
};
/// Errors: bad_frame, schema. Empty text is an empty history.
Result<History> decode_history(std::string_view ring);

}  // namespace webmon::store

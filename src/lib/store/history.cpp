#include "lib/store/history.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/store/bytes.hpp"

namespace webmon::store {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kFixedHeader = 4;  // version, slots, columns
constexpr std::size_t kFixedRow = 12;    // time, state, flags, reserved
constexpr std::uint8_t kLate = 1;
constexpr std::size_t kMaxColumns = 4'096;

std::size_t row_bytes(std::size_t columns) { return kFixedRow + 4 * columns; }

/// CRC-32 (ISO-HDLC, reflected 0xEDB88320), bit by bit: a header is short and hashed once per
/// layout.
std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
  }
  return ~crc;
}

HistoryRow read_row(ByteReader& in, std::size_t columns) {
  HistoryRow row;
  row.observed = store_time_ms(in.get<std::int64_t>());
  const auto state = in.get<std::uint8_t>();
  row.state = state < kAssetStates ? static_cast<AssetState>(state) : AssetState::unknown;
  row.is_late = (in.get<std::uint8_t>() & kLate) != 0;
  in.get<std::uint16_t>();
  row.values.reserve(columns);
  for (std::size_t i = 0; i < columns; ++i) {
    const float value = in.get_float();
    row.values.push_back(std::isfinite(value) ? std::optional{value} : std::nullopt);
  }
  return row;
}

}  // namespace

HistoryLayout::HistoryLayout(std::vector<std::uint16_t> metrics) : metrics_{std::move(metrics)} {
  ByteWriter out;
  out.put(kVersion);
  out.put(static_cast<std::uint8_t>(kHistorySlots));
  out.put(static_cast<std::uint16_t>(metrics_.size()));
  for (const auto metric : metrics_) out.put(metric);
  header_ = out.take();
  id_ = std::max(crc32(header_), 1U);
}

std::uint32_t HistoryLayout::id() const noexcept { return id_; }
const std::string& HistoryLayout::header() const noexcept { return header_; }

std::size_t HistoryLayout::ring_bytes() const noexcept {
  return header_.size() + kHistorySlots * row_bytes(metrics_.size());
}

std::size_t HistoryLayout::offset(std::uint64_t n) const noexcept {
  return header_.size() + static_cast<std::size_t>(n % kHistorySlots) * row_bytes(metrics_.size());
}

std::string HistoryLayout::row(StoreTime observed, AssetState state, bool is_late,
                               std::span<const Metric> metrics) const {
  ByteWriter out;
  out.put(to_ms(observed));
  out.put(static_cast<std::uint8_t>(state));
  out.put(is_late ? kLate : std::uint8_t{0});
  out.put(std::uint16_t{0});
  for (const auto column : metrics_) {
    const auto at = std::ranges::find(metrics, column, &Metric::number);
    out.put(at == metrics.end() ? std::numeric_limits<float>::quiet_NaN()
                                : static_cast<float>(at->value));
  }
  return out.take();
}

Result<History> decode_history(std::string_view ring) {
  History history;
  if (ring.empty()) return history;
  ByteReader in{ring};
  const auto version = in.get<std::uint8_t>();
  if (version > kVersion)
    return fail(Errc::schema, "the history in Redis has version " + std::to_string(version) +
                                  ", this build reads version " + std::to_string(kVersion) +
                                  ": upgrade this program");
  if (version != kVersion) return fail(Errc::bad_frame, "history ring of version 0");
  const auto slots = in.get<std::uint8_t>();
  const auto columns = in.get<std::uint16_t>();
  if (columns > kMaxColumns || ring.size() < kFixedHeader + 2U * columns)
    return fail(Errc::bad_frame, "history ring with a torn header");
  for (std::size_t i = 0; i < columns; ++i) history.metrics.push_back(in.get<std::uint16_t>());
  // Bytes that were never written are zero: a slot without a time, or a ring cut behind its last
  // row.
  for (std::size_t i = 0; i < slots && !in.is_empty(); ++i) {
    auto row = read_row(in, columns);
    if (in.is_torn()) return fail(Errc::bad_frame, "history ring with a torn row");
    if (to_ms(row.observed) > 0) history.rows.push_back(std::move(row));
  }
  std::ranges::stable_sort(history.rows, {}, &HistoryRow::observed);
  return history;
}

}  // namespace webmon::store

// The model as bytes, little-endian. No value loses a bit.
//
// Version 2: version byte; count of rows u16; the rows by ascending metric number; the page memory
// to the end. A row: number u16, n u32, flags u8, then values, those with their bit of kIsFloat as
// f32, the others as f64: `last` alone if kIsConstant, else mean, m2, min, max, last; z f32 unless
// kIsCalm (z = 0).
// Version 1 (read, not written): version byte; rows of number u16, n u32, mean f64, m2 f64, min
// f64, max f64, last f64, z f32.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "lib/stats/model.hpp"
#include "lib/stats/packed.hpp"

namespace webmon {
namespace {

constexpr char kVersion = 2;
constexpr std::size_t kOldRowBytes = 50;
constexpr std::uint8_t kIsConstant = 1, kIsCalm = 2,
                       kIsFloat = 4;  // kIsFloat << index of the value
constexpr std::uint8_t kKnownFlags = 0x7F;

using packed::put;
using packed::take;

bool is_constant(const Moments& m) noexcept {
  return m.m2 == 0 && m.mean == m.last && m.min == m.last && m.max == m.last;
}
bool is_float(double value) noexcept {
  constexpr double kMost = std::numeric_limits<float>::max();
  return std::abs(value) <= kMost && static_cast<float>(value) == value;
}

void put(std::string& out, const Model::Row& row) {
  const Moments& m = row.moments;
  std::array<double, 5> values{m.last};
  std::size_t count = 1;
  std::uint8_t flags = kIsConstant;
  if (!is_constant(m)) {
    values = {m.mean, m.m2, m.min, m.max, m.last};
    count = values.size();
    flags = 0;
  }
  if (row.z == 0) flags |= kIsCalm;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_float(values[i])) flags = static_cast<std::uint8_t>(flags | kIsFloat << i);
  }
  put(out, row.number);
  put(out, m.n);
  put(out, flags);
  for (std::size_t i = 0; i < count; ++i) {
    if ((flags & kIsFloat << i) != 0) {
      put(out, static_cast<float>(values[i]));
    } else {
      put(out, values[i]);
    }
  }
  if (row.z != 0) put(out, row.z);
}

/// Takes from the front of a blob; once it has fallen short, everything is zero.
class Reader {
 public:
  explicit Reader(std::string_view in) noexcept : in_{in} {}
  template <std::unsigned_integral U>
  U number() noexcept {
    return has(sizeof(U)) ? take<U>(in_) : U{};
  }
  double f64() noexcept { return has(sizeof(double)) ? packed::take_double(in_) : 0; }
  float f32() noexcept { return has(sizeof(float)) ? packed::take_float(in_) : 0; }
  std::string_view rest() const noexcept { return in_; }
  bool is_short() const noexcept { return is_short_; }

 private:
  bool has(std::size_t size) noexcept {
    is_short_ = is_short_ || in_.size() < size;
    return !is_short_;
  }
  std::string_view in_;
  bool is_short_ = false;
};

bool read_row(Reader& in, Model::Row& row) noexcept {
  row.number = in.number<std::uint16_t>();
  Moments& m = row.moments;
  m.n = in.number<std::uint32_t>();
  const auto flags = in.number<std::uint8_t>();
  auto value = [&, at = kIsFloat]() mutable {
    const bool as_float = (flags & at) != 0;
    at = static_cast<std::uint8_t>(at << 1U);
    return as_float ? static_cast<double>(in.f32()) : in.f64();
  };
  if ((flags & kIsConstant) != 0) {
    m.mean = m.min = m.max = m.last = value();
  } else {
    for (double* one : {&m.mean, &m.m2, &m.min, &m.max, &m.last}) *one = value();
  }
  row.z = (flags & kIsCalm) != 0 ? 0 : in.f32();
  return !in.is_short() && (flags & ~kKnownFlags) == 0;
}

bool read_old_row(Reader& in, Model::Row& row) noexcept {
  row.number = in.number<std::uint16_t>();
  Moments& m = row.moments;
  m.n = in.number<std::uint32_t>();
  for (double* one : {&m.mean, &m.m2, &m.min, &m.max, &m.last}) *one = in.f64();
  row.z = in.f32();
  return !in.is_short();
}

bool is_good(const std::vector<Model::Row>& before, const Model::Row& row) noexcept {
  const bool is_ascending = before.empty() || before.back().number < row.number;
  return is_ascending && row.moments.n != 0 && row.moments.is_valid() && std::isfinite(row.z);
}

Result<std::vector<Model::Row>> read_rows(Reader& in, std::size_t count,
                                          bool (*read)(Reader&, Model::Row&) noexcept) {
  if (count > Model::kMaxMetrics) {
    return fail(Errc::bad_frame, fmt::format("model: {} rows", count));
  }
  std::vector<Model::Row> rows;
  rows.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    Model::Row row;
    if (!read(in, row) || !is_good(rows, row)) {
      return fail(Errc::bad_frame, fmt::format("model: bad row of metric {}", row.number));
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

Result<void> Model::check_version(std::string_view blob) {
  const auto version = blob.empty() ? 0 : static_cast<unsigned char>(blob.front());
  if (version <= kVersion) return {};
  return fail(Errc::schema, fmt::format("the model in Redis has version {}, this build reads "
                                        "up to version {}: upgrade this program",
                                        version, int{kVersion}));
}

Result<Model> Model::decode(std::string_view blob) {
  Model model;
  if (blob.empty()) return model;
  if (auto known = check_version(blob); !known) return fail(std::move(known.error()));
  const auto version = static_cast<unsigned char>(blob.front());
  Reader in{blob.substr(1)};
  if (version == 0) return fail(Errc::bad_frame, "model: version 0");
  if (version == 1 && in.rest().size() % kOldRowBytes != 0) {
    return fail(Errc::bad_frame, fmt::format("model: {} bytes are not rows", blob.size() - 1));
  }
  auto rows = version == 1 ? read_rows(in, in.rest().size() / kOldRowBytes, read_old_row)
                           : read_rows(in, in.number<std::uint16_t>(), read_row);
  if (!rows) return fail(std::move(rows.error()));
  if (in.is_short() || in.rest().size() > kMaxPageMemory) {
    return fail(Errc::bad_frame, fmt::format("model: {} bytes of page memory", in.rest().size()));
  }
  model.rows_ = std::move(*rows);
  model.page_memory_ = in.rest();
  return model;
}

std::string Model::encode() const {
  std::string blob;
  blob.reserve(3 + rows_.size() * kMaxRowBytes + page_memory_.size());
  blob.push_back(kVersion);
  put(blob, static_cast<std::uint16_t>(rows_.size()));
  for (const Row& row : rows_) put(blob, row);
  blob += page_memory_;
  return blob;
}

}  // namespace webmon

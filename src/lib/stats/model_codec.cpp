// The model as bytes, little-endian. No value loses a bit.
//
// Version 3: version byte; count of rows u16; the rows by ascending metric number; the page memory
// to the end. A row: varint of how far its number is above that of the row before, n varint, flags
// u8, then values, those with their bit of kIsFloat as f32, the others as f64: `last` alone if
// kIsConstant, else mean, m2, min, max, last; z f32 unless kIsCalm (z = 0); the sketch if
// kHasSketch (quantile_sketch.hpp).
// Version 2 (read, not written): the same with rows of number u16, n u32, no sketch.
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

constexpr char kVersion = 3;
constexpr std::size_t kV1RowBytes = 50;
constexpr std::uint8_t kIsConstant = 1, kIsCalm = 2, kHasSketch = 0x80;
constexpr std::uint8_t kIsFloat = 4;  // kIsFloat << index of the value

using packed::put;
using packed::take;

bool is_constant(const Moments& m) noexcept {
  return m.m2 == 0 && m.mean == m.last && m.min == m.last && m.max == m.last;
}
bool is_float(double value) noexcept {
  constexpr double kMost = std::numeric_limits<float>::max();
  return std::abs(value) <= kMost && static_cast<float>(value) == value;
}

void put(std::string& out, const Model::Row& row, std::uint16_t before) {
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
  if (!row.sketch.is_empty()) flags |= kHasSketch;
  packed::put_varint(out, static_cast<std::uint64_t>(row.number - before));
  packed::put_varint(out, m.n);
  put(out, flags);
  for (std::size_t i = 0; i < count; ++i) {
    if ((flags & kIsFloat << i) != 0) {
      put(out, static_cast<float>(values[i]));
    } else {
      put(out, values[i]);
    }
  }
  if (row.z != 0) put(out, row.z);
  if ((flags & kHasSketch) != 0) row.sketch.put_into(out);
}

/// Takes from the front of a blob; once something was cut off or broken, everything is zero.
class Reader {
 public:
  explicit Reader(std::string_view in) noexcept : in_{in} {}
  template <std::unsigned_integral U>
  U number() noexcept {
    return has(sizeof(U)) ? take<U>(in_) : U{};
  }
  double f64() noexcept { return has(sizeof(double)) ? packed::take_double(in_) : 0; }
  float f32() noexcept { return has(sizeof(float)) ? packed::take_float(in_) : 0; }
  template <std::unsigned_integral U>
  U varint() noexcept {
    const auto value = is_broken_ ? std::nullopt : packed::take_varint(in_);
    is_broken_ = !value || *value > std::numeric_limits<U>::max();
    return is_broken_ ? U{} : static_cast<U>(*value);
  }
  /// One that holds something.
  QuantileSketch sketch() {
    auto sketch = is_broken_ ? std::nullopt : QuantileSketch::take_from(in_);
    is_broken_ = !sketch || sketch->is_empty();
    return is_broken_ ? QuantileSketch{} : std::move(*sketch);
  }
  std::string_view rest() const noexcept { return in_; }
  bool is_broken() const noexcept { return is_broken_; }

 private:
  bool has(std::size_t size) noexcept {
    is_broken_ = is_broken_ || in_.size() < size;
    return !is_broken_;
  }
  std::string_view in_;
  bool is_broken_ = false;
};

// Reads the flags and the values that they announce; returns the flags.
std::uint8_t read_values(Reader& in, Model::Row& row) noexcept {
  Moments& m = row.moments;
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
  return flags;
}

// Each reads one row, whose number is that of the row before until then. False if it is broken.
using ReadRow = bool (*)(Reader& in, Model::Row& row);

bool read_row(Reader& in, Model::Row& row) {
  const auto number = row.number + std::uint32_t{in.varint<std::uint16_t>()};
  row.number = static_cast<std::uint16_t>(number);
  row.moments.n = in.varint<std::uint32_t>();
  if ((read_values(in, row) & kHasSketch) != 0) row.sketch = in.sketch();
  return !in.is_broken() && number == row.number;
}

bool read_row_v2(Reader& in, Model::Row& row) {
  row.number = in.number<std::uint16_t>();
  row.moments.n = in.number<std::uint32_t>();
  const bool has_sketch = (read_values(in, row) & kHasSketch) != 0;
  return !in.is_broken() && !has_sketch;
}

bool read_row_v1(Reader& in, Model::Row& row) {
  row.number = in.number<std::uint16_t>();
  Moments& m = row.moments;
  m.n = in.number<std::uint32_t>();
  for (double* one : {&m.mean, &m.m2, &m.min, &m.max, &m.last}) *one = in.f64();
  row.z = in.f32();
  return !in.is_broken();
}

bool is_good(const std::vector<Model::Row>& before, const Model::Row& row) noexcept {
  const bool is_ascending = before.empty() || before.back().number < row.number;
  return is_ascending && row.moments.n != 0 && row.moments.is_valid() && std::isfinite(row.z);
}

Result<std::vector<Model::Row>> read_rows(Reader& in, std::size_t count, ReadRow read) {
  if (count > Model::kMaxMetrics) {
    return fail(Errc::bad_frame, fmt::format("model: {} rows", count));
  }
  std::vector<Model::Row> rows;
  rows.reserve(count);
  std::size_t sketches = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Model::Row row;
    if (!rows.empty()) row.number = rows.back().number;
    if (!read(in, row) || !is_good(rows, row)) {
      return fail(Errc::bad_frame, fmt::format("model: bad row of metric {}", row.number));
    }
    if (!row.sketch.is_empty() && ++sketches > Model::kMaxSketches) {
      return fail(Errc::bad_frame, fmt::format("model: more than {} sketches", sketches - 1));
    }
    rows.push_back(std::move(row));
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
  if (version == 1 && in.rest().size() % kV1RowBytes != 0) {
    return fail(Errc::bad_frame, fmt::format("model: {} bytes are not rows", blob.size() - 1));
  }
  auto rows = version == 1 ? read_rows(in, in.rest().size() / kV1RowBytes, read_row_v1)
                           : read_rows(in, in.number<std::uint16_t>(),
                                       version == 2 ? read_row_v2 : read_row);
  if (!rows) return fail(std::move(rows.error()));
  if (in.is_broken() || in.rest().size() > kMaxPageMemory) {
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
  std::uint16_t before = 0;
  for (const Row& row : rows_) {
    put(blob, row, before);
    before = row.number;
  }
  blob += page_memory_;
  return blob;
}

}  // namespace webmon

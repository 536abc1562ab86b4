/// Little-endian bytes in and out of blobs, bounds checked. Private to lib/store.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace webmon::store {

class ByteWriter {
 public:
  template <std::integral T>
  void put(T value) {
    using U = std::make_unsigned_t<T>;
    for (std::size_t i = 0; i < sizeof(T); ++i)
      out_.push_back(
          static_cast<char>(static_cast<std::uint64_t>(static_cast<U>(value)) >> (8 * i)));
  }
  void put(double value) { put(std::bit_cast<std::uint64_t>(value)); }
  void put(float value) { put(std::bit_cast<std::uint32_t>(value)); }
  void put_raw(std::string_view bytes) { out_.append(bytes); }
  /// Length in `L`, then the bytes; cut to what `L` can say.
  template <std::unsigned_integral L>
  void put_text(std::string_view text) {
    text = text.substr(0, static_cast<L>(-1));
    put(static_cast<L>(text.size()));
    put_raw(text);
  }
  std::string take() { return std::move(out_); }
  std::size_t size() const noexcept { return out_.size(); }

 private:
  std::string out_;
};

/// Reads past the end give zeros and set `is_torn`: check once, at the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_{bytes} {}

  template <std::integral T>
  T get() {
    const auto raw = get_raw(sizeof(T));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < raw.size(); ++i)
      value |= std::uint64_t{static_cast<unsigned char>(raw[i])} << (8 * i);
    return static_cast<T>(value);
  }
  double get_double() { return std::bit_cast<double>(get<std::uint64_t>()); }
  float get_float() { return std::bit_cast<float>(get<std::uint32_t>()); }
  std::string_view get_raw(std::size_t size) {
    if (size > rest_.size()) {
      is_torn_ = true;
      rest_ = {};
      return {};
    }
    const auto raw = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return raw;
  }
  template <std::unsigned_integral L>
  std::string_view get_text() {
    return get_raw(get<L>());
  }
  bool is_torn() const noexcept { return is_torn_; }
  bool is_empty() const noexcept { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_torn_ = false;
};

}  // namespace webmon::store

#include "lib/change/memory_codec.hpp"

#include <bit>
#include <cmath>
#include <cstring>

namespace webmon::change {
namespace {

constexpr char kVersion = 1;
constexpr std::uint8_t kMaxShift = 7;

/// The machines that Webmon runs on are little-endian.
template <class T>
void put(std::string& out, const T& value) {
  static_assert(std::is_arithmetic_v<T>);
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

class Reader {
 public:
  explicit Reader(std::string_view in) : in_{in} {}
  template <class T>
  void take(T& value) noexcept {
    if (in_.size() < sizeof(T)) {
      is_bad_ = true;
      in_ = {};
      return;
    }
    std::memcpy(&value, in_.data(), sizeof(T));
    in_.remove_prefix(sizeof(T));
  }
  std::string_view bytes(std::size_t size) noexcept {
    if (in_.size() < size) {
      is_bad_ = true;
      return {};
    }
    const std::string_view taken = in_.substr(0, size);
    in_.remove_prefix(size);
    return taken;
  }
  bool is_bad() const noexcept { return is_bad_; }
  bool is_over() const noexcept { return !is_bad_ && in_.empty(); }

 private:
  std::string_view in_;
  bool is_bad_ = false;
};

void put(std::string& out, const Version& version) {
  for (const float size : version.sizes) put(out, size);
  for (const std::uint16_t tags : version.tags) put(out, tags);
  put(out, version.in_sketch);
  for (std::size_t i = 0; i < version.in_sketch; ++i) put(out, version.sketch[i]);
  put(out, static_cast<std::uint8_t>(version.has_end));
  put(out, version.title);
}

bool take(Reader& in, Version& version) {
  for (float& size : version.sizes) {
    in.take(size);
    if (!std::isfinite(size) || size < 0) return false;
  }
  for (std::uint16_t& tags : version.tags) in.take(tags);
  in.take(version.in_sketch);
  if (version.in_sketch > Version::kSketch) return false;
  for (std::size_t i = 0; i < version.in_sketch; ++i) in.take(version.sketch[i]);
  std::uint8_t has_end = 0;
  in.take(has_end);
  version.has_end = has_end != 0;
  in.take(version.title);
  return true;
}

std::size_t ones(std::string_view bits) noexcept {
  std::size_t count = 0;
  for (const char c : bits) {
    count += static_cast<std::size_t>(std::popcount(static_cast<unsigned char>(c)));
  }
  return count;
}

/// Most pages change little, so that a generation is empty or nearly: then its bits are listed.
bool is_listed(std::string_view bits) noexcept { return 2 * ones(bits) + 2 < bits.size(); }

void put_generation(std::string& out, std::string_view bits) {
  if (!is_listed(bits)) {
    out += bits;
    return;
  }
  put(out, static_cast<std::uint16_t>(ones(bits)));
  for (std::size_t i = 0; i < bits.size(); ++i) {
    auto rest = static_cast<unsigned char>(bits[i]);
    for (; rest != 0; rest = static_cast<unsigned char>(rest & (rest - 1U))) {
      put(out, static_cast<std::uint16_t>(8 * i + static_cast<unsigned>(std::countr_zero(rest))));
    }
  }
}

/// Of `size` bytes, or empty if it does not read.
std::string take_generation(Reader& in, std::size_t size, bool is_listed) {
  if (!is_listed) return std::string{in.bytes(size)};
  std::string bits(size, '\0');
  std::uint16_t count = 0;
  in.take(count);
  for (unsigned i = 0; i < count && !in.is_bad(); ++i) {
    std::uint16_t place = 0;
    in.take(place);
    if (place >= 8 * size) return {};
    char& byte = bits[place / 8U];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << place % 8U);
  }
  return bits;
}

template <class Memory, class Visit>
void for_each_set(Memory& memory, Visit visit) {
  for (auto* set : {&memory.pieces, &memory.words, &memory.links, &memory.loads}) visit(*set);
}
template <class Memory, class Visit>
void for_each_habit(Memory& memory, Visit visit) {
  for (auto* habit : {&memory.novelty, &memory.loss, &memory.changes}) visit(*habit);
}

}  // namespace

std::string encode(const PageMemory& memory) {
  std::string out;
  out.reserve(6000);
  out.push_back(kVersion);
  put(out, memory.salt);
  put(out, memory.seen);
  for (const std::uint8_t one :
       {memory.piece_shift, memory.word_shift, memory.link_shift, memory.waits})
    put(out, one);
  for_each_habit(memory, [&](const Habit& habit) {
    put(out, habit.mean);
    put(out, habit.square);
  });
  std::uint8_t listed = 0;  // a bit for each generation
  for_each_set(memory, [&, bit = 1U](const FadingSet& set) mutable {
    for (const std::string* bits : {&set.young(), &set.old()}) {
      if (is_listed(*bits)) listed = static_cast<std::uint8_t>(listed | bit);
      bit <<= 1U;
    }
  });
  put(out, listed);
  for_each_set(memory, [&](const FadingSet& set) {
    put_generation(out, set.young());
    put_generation(out, set.old());
  });
  put(out, static_cast<std::uint8_t>(memory.versions.size()));
  for (const Version& version : memory.versions) put(out, version);
  if (memory.waits == 0) return out;
  put(out, memory.waiting.version);
  put(out, memory.waiting.since);
  put(out, memory.waiting.score);
  return out;
}

std::optional<PageMemory> decode(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kVersion) return {};
  Reader in{bytes.substr(1)};
  PageMemory memory;
  in.take(memory.salt);
  in.take(memory.seen);
  for (std::uint8_t* one :
       {&memory.piece_shift, &memory.word_shift, &memory.link_shift, &memory.waits})
    in.take(*one);
  if (std::max({memory.piece_shift, memory.word_shift, memory.link_shift}) > kMaxShift) return {};
  bool is_good = true;
  for_each_habit(memory, [&](Habit& habit) {
    in.take(habit.mean);
    in.take(habit.square);
    is_good = is_good && std::isfinite(habit.mean) && std::isfinite(habit.square);
  });
  std::uint8_t listed = 0;
  in.take(listed);
  for_each_set(memory, [&, bit = 1U](FadingSet& set) mutable {
    const auto young = take_generation(in, set.young().size(), (listed & bit) != 0);
    const auto old = take_generation(in, set.old().size(), (listed & bit << 1U) != 0);
    is_good = set.read(young, old) && is_good;
    bit <<= 2U;
  });
  std::uint8_t versions = 0;
  in.take(versions);
  if (!is_good || versions > PageMemory::kVersions) return {};
  memory.versions.resize(versions);
  for (Version& version : memory.versions) is_good = take(in, version) && is_good;
  if (memory.waits > 0) {
    is_good = take(in, memory.waiting.version) && is_good;
    in.take(memory.waiting.since);
    in.take(memory.waiting.score);
    is_good = is_good && std::isfinite(memory.waiting.score);
  }
  if (!is_good || !in.is_over()) return {};
  return memory;
}

}  // namespace webmon::change

#include "lib/change/memory_codec.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace webmon::change {
namespace {

constexpr char kVersion = 2;
constexpr char kWithoutSigns = 1;  // the version before
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

/// False if it does not read.
bool take_generation(Reader& in, std::string& bits, bool is_listed) {
  if (!is_listed) {
    const auto all = in.bytes(bits.size());
    if (!in.is_bad()) bits = all;
    return !in.is_bad();
  }
  std::uint16_t count = 0;
  in.take(count);
  for (unsigned i = 0; i < count; ++i) {
    std::uint16_t place = 0;
    in.take(place);
    if (in.is_bad() || place >= 8 * bits.size()) return false;
    char& byte = bits[place / 8U];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | 1U << place % 8U);
  }
  return !in.is_bad();
}

template <class Memory, class Visit>
void for_each_set(Memory& memory, Visit visit) {
  for (auto* set : {&memory.pieces, &memory.words, &memory.links, &memory.loads}) visit(*set);
}
template <class Head, class Visit>
void for_each_habit(Head& head, Visit visit) {
  for (auto* habit : {&head.novelty, &head.loss, &head.changes}) visit(*habit);
}

/// In the count of signs: only memories that were begun by the version before need it.
constexpr unsigned kFromFollows = 0x80;
static_assert(kSigns < kFromFollows);

void put(std::string& out, const SignHistory& signs) {
  const auto is_told = [](const SignHistory::Spread& one) { return one.mean != 0 || one.m2 != 0; };
  const auto count = static_cast<std::uint8_t>(std::ranges::count_if(signs.spreads, is_told));
  const bool has_from = signs.from != SignHistory{}.from;
  put(out, static_cast<std::uint8_t>(count | (has_from ? kFromFollows : 0U)));
  put(out, signs.until);
  if (has_from) put(out, signs.from);
  for (std::size_t i = 0; i < kSigns; ++i) {
    if (!is_told(signs.spreads[i])) continue;
    put(out, static_cast<std::uint8_t>(i));
    put(out, signs.spreads[i].mean);
    put(out, signs.spreads[i].m2);
  }
}

/// False if it does not read.
bool take(Reader& in, SignHistory& signs) {
  std::uint8_t count = 0;
  in.take(count);
  in.take(signs.until);
  if ((count & kFromFollows) != 0) in.take(signs.from);
  for (unsigned i = count & ~kFromFollows; i > 0; --i) {
    std::uint8_t sign = 0;
    SignHistory::Spread spread;
    in.take(sign);
    in.take(spread.mean);
    in.take(spread.m2);
    const bool is_possible =
        std::isfinite(spread.mean) && std::isfinite(spread.m2) && spread.m2 >= 0;
    if (in.is_bad() || sign >= kSigns || !is_possible) return false;
    signs.spreads[sign] = spread;
  }
  return signs.from <= signs.until;
}

bool is_readable(char version) noexcept { return version == kVersion || version == kWithoutSigns; }

/// With the version before it, which put_head does not write.
constexpr std::size_t kHeadBytes = 1 + 2 * 8 + 2 * 4 + 4 + 6 * 4;

void put_head(std::string& out, const MemoryHead& head) {
  put(out, head.salt);
  put(out, head.last);
  put(out, head.seen);
  put(out, head.first);
  for (const std::uint8_t one : {head.piece_shift, head.word_shift, head.link_shift, head.waits})
    put(out, one);
  for_each_habit(head, [&](const Habit& habit) {
    put(out, habit.mean);
    put(out, habit.square);
  });
}

}  // namespace

std::optional<MemoryHead> decode_head(std::string_view bytes) {
  if (bytes.size() < kHeadBytes || !is_readable(bytes.front())) return {};
  Reader in{bytes.substr(1)};
  MemoryHead head;
  in.take(head.salt);
  in.take(head.last);
  in.take(head.seen);
  in.take(head.first);
  for (std::uint8_t* one : {&head.piece_shift, &head.word_shift, &head.link_shift, &head.waits})
    in.take(*one);
  bool is_good = std::max({head.piece_shift, head.word_shift, head.link_shift}) <= kMaxShift;
  for_each_habit(head, [&](Habit& habit) {
    in.take(habit.mean);
    in.take(habit.square);
    is_good = is_good && std::isfinite(habit.mean) && std::isfinite(habit.square);
  });
  if (!is_good) return {};
  return head;
}

void replace_head(std::string& bytes, const MemoryHead& head) {
  std::string own;
  own.reserve(kHeadBytes);
  put_head(own, head);
  bytes.replace(1, kHeadBytes - 1, own);
}

std::string encode(const PageMemory& memory) {
  std::string out;
  out.reserve(6000);
  put(out, kVersion);
  put_head(out, memory);
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
  if (memory.waits > 0) {
    put(out, memory.waiting.version);
    put(out, memory.waiting.since);
    put(out, memory.waiting.score);
  }
  put(out, memory.signs);
  return out;
}

std::optional<PageMemory> decode(std::string_view bytes) {
  const auto head = decode_head(bytes);
  if (!head) return {};
  Reader in{bytes.substr(kHeadBytes)};
  PageMemory memory;
  static_cast<MemoryHead&>(memory) = *head;
  bool is_good = true;
  std::uint8_t listed = 0;
  in.take(listed);
  for_each_set(memory, [&, bit = 1U](FadingSet& set) mutable {
    is_good = is_good && take_generation(in, set.young(), (listed & bit) != 0) &&
              take_generation(in, set.old(), (listed & bit << 1U) != 0);
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
  if (bytes.front() == kWithoutSigns) {
    memory.signs.from = memory.signs.until = std::max(memory.seen, 1U);
  } else {
    is_good = take(in, memory.signs) && is_good;
  }
  if (!is_good || !in.is_over()) return {};
  return memory;
}

}  // namespace webmon::change

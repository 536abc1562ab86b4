#include "lib/change/memory_codec.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <span>
#include <type_traits>

namespace webmon::change {
namespace {

constexpr char kVersion = 2;
constexpr char kWithoutSigns = 1;  // the version before
constexpr std::uint8_t kMaxShift = 7;
constexpr std::uint32_t kMostSeen = 1U << 31U;  // one a second for 68 years

/// Writes one number behind the other. The machines that Webmon runs on are little-endian.
class Writer {
 public:
  explicit Writer(char* at) : at_{at} {}
  template <class T>
  void put(const T& value) noexcept {
    static_assert(std::is_arithmetic_v<T>);
    bytes(&value, sizeof value);
  }
  void bytes(const void* from, std::size_t size) noexcept {
    std::memcpy(at_, from, size);
    at_ += size;
  }
  char* at() const noexcept { return at_; }

 private:
  char* at_;
};

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

void put(Writer& out, const Version& version) {
  for (const float size : version.sizes) out.put(size);
  for (const std::uint16_t tags : version.tags) out.put(tags);
  out.put(version.in_sketch);
  for (std::size_t i = 0; i < version.in_sketch; ++i) out.put(version.sketch[i]);
  out.put(static_cast<std::uint8_t>(version.has_end));
  out.put(version.title);
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

using Bits = std::span<const std::uint64_t>;

/// Most pages change little, so that a generation is empty or nearly: then its bits are listed.
bool is_listed(Bits bits, std::size_t count) noexcept { return 2 * count + 2 < bits.size_bytes(); }

/// `count` of them are set.
void put_generation(Writer& out, Bits bits, std::size_t count) {
  if (!is_listed(bits, count)) return out.bytes(bits.data(), bits.size_bytes());
  out.put(static_cast<std::uint16_t>(count));
  for (std::size_t i = 0; i < bits.size(); ++i) {
    for (std::uint64_t rest = bits[i]; rest != 0; rest &= rest - 1) {
      out.put(static_cast<std::uint16_t>(64 * i + static_cast<unsigned>(std::countr_zero(rest))));
    }
  }
}

/// False if it does not read.
bool take_generation(Reader& in, std::span<std::uint64_t> bits, bool is_listed) {
  if (!is_listed) {
    const auto all = in.bytes(bits.size_bytes());
    if (!in.is_bad()) std::memcpy(bits.data(), all.data(), all.size());
    return !in.is_bad();
  }
  std::uint16_t count = 0;
  in.take(count);
  for (unsigned i = 0; i < count; ++i) {
    std::uint16_t place = 0;
    in.take(place);
    if (in.is_bad() || place >= 64 * bits.size()) return false;
    bits[place / 64U] |= std::uint64_t{1} << place % 64U;
  }
  return !in.is_bad();
}

/// Visits generations with their place in the blob.
template <class Memory, class Visit>
void for_each_generation(Memory& memory, Visit visit) {
  const auto both = [&](auto& set, std::size_t place) {
    visit(std::span{set.young()}, place);
    visit(std::span{set.old()}, place + 1);
  };
  both(memory.pieces, 0);
  both(memory.words, 2);
  both(memory.links, 4);
  both(memory.loads, 6);
}
template <class Head, class Visit>
void for_each_habit(Head& head, Visit visit) {
  for (auto* habit : {&head.novelty, &head.loss, &head.changes}) visit(*habit);
}

/// In the count of signs: only memories that were begun by the version before need it.
constexpr unsigned kFromFollows = 0x80;
static_assert(kSigns < kFromFollows);

void put(Writer& out, const SignHistory& signs) {
  const auto is_told = [](const SignHistory::Spread& one) { return one.mean != 0 || one.m2 != 0; };
  const auto count = static_cast<std::uint8_t>(std::ranges::count_if(signs.spreads, is_told));
  const bool has_from = signs.from != SignHistory{}.from;
  out.put(static_cast<std::uint8_t>(count | (has_from ? kFromFollows : 0U)));
  out.put(signs.until);
  if (has_from) out.put(signs.from);
  for (std::size_t i = 0; i < kSigns; ++i) {
    if (!is_told(signs.spreads[i])) continue;
    out.put(static_cast<std::uint8_t>(i));
    out.put(signs.spreads[i].mean);
    out.put(signs.spreads[i].m2);
  }
}

/// Far beyond any sign's, so that only what nobody has written is refused; and no sum with them
/// overflows.
constexpr float kMostMean = 1e6F, kMostM2 = 1e20F;

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
        std::abs(spread.mean) <= kMostMean && spread.m2 >= 0 && spread.m2 <= kMostM2;
    if (in.is_bad() || sign >= kSigns || !is_possible) return false;
    signs.spreads[sign] = spread;
  }
  return signs.from <= signs.until;
}

bool is_readable(char version) noexcept { return version == kVersion || version == kWithoutSigns; }

/// With the version before it, which put_head does not write.
constexpr std::size_t kHeadBytes = 1 + 2 * 8 + 2 * 4 + 4 + 6 * 4;
/// What `encode` can write: a listed generation is no longer than its bits.
constexpr std::size_t kSetBytes = 2 * (1024 + 1024 + 256 + 128);
constexpr std::size_t kVersionBytes = 4 * kSizes + 2 * 32 + 1 + 4 * Version::kSketch + 1 + 4;
constexpr std::size_t kMostBytes = kHeadBytes + 1 + kSetBytes + 1 +
                                   (PageMemory::kVersions + 1) * kVersionBytes + 8 + 9 + 9 * kSigns;
static_assert(kMostBytes - (PageMemory::kVersions - 1) * kVersionBytes <= kMaxMemory);

void put_head(Writer& out, const MemoryHead& head) {
  out.put(head.salt);
  out.put(head.last);
  out.put(head.seen);
  out.put(head.first);
  for (const std::uint8_t one : {head.piece_shift, head.word_shift, head.link_shift, head.waits})
    out.put(one);
  for_each_habit(head, [&](const Habit& habit) {
    out.put(habit.mean);
    out.put(habit.square);
  });
}

/// The newest `versions` of it.
void put(Writer& out, const PageMemory& memory, std::size_t versions) {
  out.put(kVersion);
  put_head(out, memory);
  std::array<std::size_t, 8> counts{};
  unsigned listed = 0;  // a bit for each generation
  for_each_generation(memory, [&](Bits bits, std::size_t place) {
    counts[place] = ones(bits);
    if (is_listed(bits, counts[place])) listed |= 1U << place;
  });
  out.put(static_cast<std::uint8_t>(listed));
  for_each_generation(
      memory, [&](Bits bits, std::size_t place) { put_generation(out, bits, counts[place]); });
  out.put(static_cast<std::uint8_t>(versions));
  for (std::size_t i = 0; i < versions; ++i) put(out, memory.versions[i]);
  if (memory.waits > 0) {
    put(out, memory.waiting.version);
    out.put(memory.waiting.since);
    out.put(memory.waiting.score);
  }
  put(out, memory.signs);
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
  bool is_good = std::max({head.piece_shift, head.word_shift, head.link_shift}) <= kMaxShift &&
                 head.seen <= kMostSeen;
  for_each_habit(head, [&](Habit& habit) {
    in.take(habit.mean);
    in.take(habit.square);
    is_good = is_good && std::isfinite(habit.mean) && std::isfinite(habit.square);
  });
  if (!is_good) return {};
  return head;
}

void replace_head(std::string& bytes, const MemoryHead& head) {
  Writer out{bytes.data() + 1};
  put_head(out, head);
}

void encode(const PageMemory& memory, std::string& bytes) {
  bytes.resize(kMostBytes);
  std::size_t versions = memory.versions.size();
  std::size_t size = 0;
  do {
    Writer out{bytes.data()};
    put(out, memory, versions);
    size = static_cast<std::size_t>(out.at() - bytes.data());
  } while (size > kMaxMemory && versions-- > 1);
  bytes.resize(size);
}

std::string encode(const PageMemory& memory) {
  std::string bytes;
  encode(memory, bytes);
  return bytes;
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
  for_each_generation(memory, [&](std::span<std::uint64_t> bits, std::size_t place) {
    is_good = is_good && take_generation(in, bits, (listed >> place & 1U) != 0);
  });
  std::uint8_t versions = 0;
  in.take(versions);
  if (!is_good || versions > PageMemory::kVersions) return {};
  for (unsigned i = 0; i < versions; ++i) {
    Version version;
    is_good = take(in, version) && is_good;
    memory.versions.push_back(version);
  }
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

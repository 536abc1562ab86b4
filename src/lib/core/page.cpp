#include "lib/core/page.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <type_traits>

namespace webmon {
namespace {

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/// `name` is in lower case.
bool starts_with_ignoring_case(std::string_view text, std::string_view name) noexcept {
  return text.size() >= name.size() &&
         std::equal(name.begin(), name.end(), text.begin(),
                    [](char want, char have) { return want == lower(have); });
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view raw_media_type(const Page& page) noexcept {
  const auto* header = find_header(page.headers, "content-type");
  if (header == nullptr) return {};
  const auto type = std::string_view{*header};
  return trimmed(type.substr(0, type.find(';')));
}

bool equals_ignoring_case(std::string_view text, std::string_view name) noexcept {
  return text.size() == name.size() && starts_with_ignoring_case(text, name);
}

/// Source: WHATWG MIME Sniffing, §7.1 "Identifying a resource with an unknown MIME type".
bool looks_like_html(std::string_view body) noexcept {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  while (!body.empty() && is_space(body.front())) body.remove_prefix(1);
  if (body.starts_with("<!--")) return true;
  static constexpr std::array<std::string_view, 16> kStarts = {
      "<!doctype html", "<html", "<head",  "<script", "<iframe", "<h1",   "<div", "<font",
      "<table",         "<a",    "<style", "<title",  "<b",      "<body", "<br",  "<p"};
  return std::ranges::any_of(kStarts, [&](std::string_view start) {
    if (!starts_with_ignoring_case(body, start) || body.size() == start.size()) return false;
    const char end = body[start.size()];
    return end == '>' || is_space(end);
  });
}

// Element names are looked up once a start tag: a perfect hash over the first and the last four
// bytes and the length, its multiplier found by the compiler.
constexpr unsigned kSlotBits = 12;

/// `size` bytes of `name`, which has them, as a number; the first one lowest.
template <std::size_t size>
constexpr std::uint64_t load(std::string_view name, std::size_t at) noexcept {
  std::uint64_t word = 0;
  if (!std::is_constant_evaluated()) {
    std::memcpy(&word, name.data() + at, size);
    return word;
  }
  for (std::size_t i = 0; i < size; ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(name[at + i])} << 8U * i;
  }
  return word;
}
static_assert(std::endian::native == std::endian::little);

/// Of a name that is not empty. No other name of the same length up to 8 has the same key.
constexpr std::uint64_t key_of(std::string_view name) noexcept {
  const std::size_t size = name.size();
  if (size >= 4) return load<4>(name, 0) | load<4>(name, size - 4) << 32U;
  return load<1>(name, 0) | load<1>(name, size / 2) << 8U | load<1>(name, size - 1) << 16U;
}

constexpr std::size_t slot_of(std::uint64_t key, std::size_t size,
                              std::uint64_t multiplier) noexcept {
  return ((key ^ size) * multiplier) >> (64U - kSlotBits);
}

struct TagTable {
  std::uint64_t multiplier = 0;
  std::array<std::uint8_t, 1U << kSlotBits> slots{};  // kOtherTag: free
  std::array<std::uint64_t, kTagNames.size() + 1> keys{};
};

/// True if no two names share a slot.
constexpr bool try_fill(TagTable& table) {
  table.slots.fill(kOtherTag);
  for (std::size_t i = 0; i < kTagNames.size(); ++i) {
    auto& slot = table.slots[slot_of(table.keys[i], kTagNames[i].size(), table.multiplier)];
    if (slot != kOtherTag) return false;
    slot = static_cast<std::uint8_t>(i);
  }
  return true;
}

constexpr TagTable make_tag_table() {
  TagTable table;
  for (std::size_t i = 0; i < kTagNames.size(); ++i) table.keys[i] = key_of(kTagNames[i]);
  std::uint64_t state = 1;
  do {  // Knuth's MMIX generator; some ten multipliers are tried
    state = state * 6364136223846793005U + 1442695040888963407U;
    table.multiplier = state | 1U;
  } while (!try_fill(table));
  return table;
}

static_assert(kTagNames.size() < 256 && !kTagNames.back().empty());
constexpr TagTable kTagTable = make_tag_table();

}  // namespace

std::size_t tag_index(std::string_view name) noexcept {
  if (name.empty()) return kOtherTag;
  const std::uint64_t key = key_of(name);
  const std::size_t index = kTagTable.slots[slot_of(key, name.size(), kTagTable.multiplier)];
  if (kTagTable.keys[index] != key || index == kOtherTag) return kOtherTag;
  const std::string_view known = kTagNames[index];
  return known.size() == name.size() && (name.size() <= 8 || known == name) ? index : kOtherTag;
}

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::dns:
      return "dns";
    case Outcome::connect:
      return "connect";
    case Outcome::tls:
      return "tls";
    case Outcome::timeout:
      return "timeout";
    case Outcome::reset:
      return "reset";
    case Outcome::empty_reply:
      return "empty_reply";
    case Outcome::not_http:
      return "not_http";
    case Outcome::bad_header:
      return "bad_header";
    case Outcome::header_limit:
      return "header_limit";
    case Outcome::truncated:
      return "truncated";
    case Outcome::bad_chunk:
      return "bad_chunk";
    case Outcome::too_large:
      return "too_large";
    case Outcome::bad_encoding:
      return "bad_encoding";
    case Outcome::redirect_limit:
      return "redirect_limit";
    case Outcome::bad_redirect:
      return "bad_redirect";
    case Outcome::blocked_by_policy:
      return "blocked_by_policy";
    case Outcome::protocol:
      return "protocol";
    case Outcome::inconclusive:
      return "inconclusive";
  }
  return "inconclusive";
}

const std::string* find_header(const Headers& headers, std::string_view name) noexcept {
  const auto at =
      std::ranges::find_if(headers, [name](const auto& header) { return header.first == name; });
  return at == headers.end() ? nullptr : &at->second;
}

std::string media_type(const Page& page) {
  std::string type{raw_media_type(page)};
  std::ranges::transform(type, type.begin(), lower);
  return type;
}

bool is_html(const Page& page) noexcept {
  const auto type = raw_media_type(page);
  if (type.empty()) return looks_like_html(page.body);
  return equals_ignoring_case(type, "text/html") ||
         equals_ignoring_case(type, "application/xhtml+xml");
}

}  // namespace webmon

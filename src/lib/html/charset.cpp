#include "lib/html/charset.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

namespace webmon::html {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t kMaxName = 40;
constexpr std::size_t kMetaBytes = 4096;
constexpr std::string_view kUtf8 = "utf-8";
constexpr std::string_view kLatin = "windows-1252";
// Bytes 0x80 to 0x9F of windows-1252; 0 is undefined. Source: WHATWG index-windows-1252.txt.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
         c == ':';
}

/// The value of the first `charset=` in `text`, in lower case; empty if there is none.
std::string find_charset(std::string_view part) {
  std::string text{part};
  std::ranges::transform(text, text.begin(), lower);
  constexpr std::string_view kKey = "charset";
  std::size_t at = text.find(kKey);
  while (at != std::string::npos) {
    at += kKey.size();
    while (at < text.size() && text[at] == ' ') ++at;
    if (at < text.size() && text[at] == '=') break;
    at = text.find(kKey, at);
  }
  if (at == std::string::npos) return {};
  ++at;
  while (at < text.size() && (text[at] == '"' || text[at] == '\'' || text[at] == ' ')) ++at;
  std::size_t end = at;
  while (end < text.size() && is_name_char(text[end])) ++end;
  return end - at > kMaxName ? std::string{} : text.substr(at, end - at);
}

/// WHATWG Encoding §4.2: what these labels say is not what pages that use them mean.
std::string canonical(std::string name) {
  if (name == "utf8" || name == "unicode-1-1-utf-8") return std::string{kUtf8};
  if (name == "iso-8859-1" || name == "latin1" || name == "us-ascii" || name == "ascii" ||
      name == "cp1252") {
    return std::string{kLatin};
  }
  if (name == "utf-16") return "utf-16le";
  return name;
}

/// Bytes below 0x80 at the front, eight at a time: nearly all of a page.
std::size_t ascii_size(std::string_view text) noexcept {
  std::size_t size = 0;
  for (std::uint64_t word = 0; size + sizeof word <= text.size(); size += sizeof word) {
    std::memcpy(&word, text.data() + size, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
  }
  while (size < text.size() && static_cast<unsigned char>(text[size]) < 0x80) ++size;
  return size;
}

/// Bytes of the UTF-8 character at the front; 0 if there is none.
std::size_t character_size(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned char second = byte(1);
  const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool is_beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return is_overlong || is_beyond ? 0 : size;
}

void append_code_point(std::string& out, unsigned code) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0U | code >> 6U));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  } else {
    out.push_back(static_cast<char>(0xE0U | code >> 12U));
    out.push_back(static_cast<char>(0x80U | (code >> 6U & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (code & 0x3FU)));
  }
}

void from_latin(std::string_view body, Decoded& out) {
  out.storage.reserve(body.size() + body.size() / 8);
  for (const char c : body) {
    const auto byte = static_cast<unsigned char>(c);
    const unsigned code = byte >= 0x80 && byte < 0xA0 ? kWindows1252.at(byte - 0x80U) : byte;
    append_code_point(out.storage, code != 0 || byte == 0 ? code : byte);
  }
}

class Converter {
 public:
  explicit Converter(const std::string& from) : handle_{iconv_open("UTF-8", from.c_str())} {}
  ~Converter() {
    if (is_open()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;
  bool is_open() const noexcept { return handle_ != reinterpret_cast<iconv_t>(-1); }

  void run(std::string_view body, Decoded& out) {
    auto* in = const_cast<char*>(body.data());  // POSIX takes char**, and does not write
    std::size_t left = body.size();
    std::array<char, 4096> buffer;
    bool is_flushed = false;
    while (!is_flushed) {
      char* to = buffer.data();
      std::size_t room = buffer.size();
      is_flushed = left == 0;
      const std::size_t result =
          iconv(handle_, is_flushed ? nullptr : &in, is_flushed ? nullptr : &left, &to, &room);
      const int error = result == static_cast<std::size_t>(-1) ? errno : 0;
      out.storage.append(buffer.data(), buffer.size() - room);
      if (error != EILSEQ && error != EINVAL) continue;
      if (left == 0) break;
      ++out.errors;
      out.storage.append(kReplacement);
      ++in;
      --left;
    }
  }

 private:
  iconv_t handle_;
};

/// Replaces what is not UTF-8, and NUL, as the HTML standard does. Returns how many.
std::uint32_t repair(std::string_view text, std::string& out) {
  std::uint32_t errors = 0;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    const std::size_t size = text.front() == '\0' ? 0 : character_size(text);
    errors += size == 0 ? 1U : 0U;
    out.append(size == 0 ? kReplacement : text.substr(0, size));
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return errors;
}

bool convert(const std::string& name, std::string_view body, Decoded& out) {
  if (name == kUtf8) {
    out.text = body;
    return true;
  }
  if (name == kLatin) {
    from_latin(body, out);
  } else {
    Converter converter{name};
    if (name.empty() || !converter.is_open()) return false;
    converter.run(body, out);
  }
  out.text = out.storage;
  return true;
}

bool convert_by_mark(std::string_view body, Decoded& out) {
  if (body.starts_with("\xEF\xBB\xBF")) return convert(std::string{kUtf8}, body.substr(3), out);
  if (body.starts_with("\xFE\xFF")) return convert("utf-16be", body.substr(2), out);
  if (body.starts_with("\xFF\xFE")) return convert("utf-16le", body.substr(2), out);
  return false;
}

void convert_any(std::string_view body, std::string_view content_type, Decoded& out) {
  if (convert_by_mark(body, out)) return;
  if (convert(canonical(find_charset(content_type)), body, out)) return;
  // ESC: ISO-2022 looks like ASCII.
  const bool is_plain = body.find('\x1B') == std::string_view::npos && is_utf8(body);
  if (is_plain && convert(std::string{kUtf8}, body, out)) return;
  const std::string meta = canonical(find_charset(body.substr(0, kMetaBytes)));
  // A page that names a wide encoding in ASCII is not in it (WHATWG HTML §13.2.3.2).
  if (!meta.starts_with("utf-16") && convert(meta, body, out)) return;
  convert(std::string{kLatin}, body, out);
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    text.remove_prefix(ascii_size(text));
    if (text.empty()) break;
    const std::size_t size = character_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

void decode(std::string_view body, std::string_view content_type, Decoded& out) {
  convert_any(body, content_type, out);
  if (out.text.find('\0') == std::string_view::npos && is_utf8(out.text)) return;
  std::string fixed;
  out.errors += repair(out.text, fixed);
  out.storage = std::move(fixed);
  out.text = out.storage;
}

std::string to_valid_utf8(std::string_view text) {
  std::string fixed;
  repair(text, fixed);
  return fixed;
}

}  // namespace webmon::html

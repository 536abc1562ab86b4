#include "lib/html/charset.hpp"

#include <iconv.h>
#include <uchardet/uchardet.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <utility>

#include "lib/html/chars.hpp"
#include "lib/html/encoding_label.hpp"
#include "lib/html/tokenizer.hpp"

namespace webmon::html {
namespace {

constexpr std::size_t kPrescanBytes = 1024;
constexpr std::size_t kMinGuessBytes = 16;          // beyond ASCII
constexpr std::size_t kMaxGuessBytes = 32U << 10U;  // uchardet reads some 30 MB/s
constexpr std::string_view kCharset = "charset";

/// WHATWG HTML §2.5.3 "extracting a character encoding from a meta element"; Content-Type headers
/// are read the same way.
std::string_view charset_in(std::string_view text) noexcept {
  const auto skip_space = [&] {
    while (!text.empty() && (is_space(text.front()) || text.front() == '\r')) text.remove_prefix(1);
  };
  for (;;) {
    std::size_t at = 0;
    while (at + kCharset.size() <= text.size() &&
           !equals_ignoring_case(text.substr(at, kCharset.size()), kCharset)) {
      ++at;
    }
    if (at + kCharset.size() > text.size()) return {};
    text.remove_prefix(at + kCharset.size());
    skip_space();
    if (text.starts_with('=')) break;
  }
  text.remove_prefix(1);
  skip_space();
  if (text.empty()) return {};
  if (text.front() == '"' || text.front() == '\'') {
    const std::size_t end = text.find(text.front(), 1);
    return end == std::string_view::npos ? std::string_view{} : text.substr(1, end - 1);
  }
  return text.substr(0, std::min(text.find_first_of("; \t\n\f\r"), text.size()));
}

class Converter {
 public:
  explicit Converter(const char* from) : handle_{iconv_open("UTF-8", from)} {}
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
      out.storage.append(kReplacementCharacter);
      ++in;
      --left;
    }
  }

 private:
  iconv_t handle_;
};

void convert(const Encoding& encoding, std::string_view body, Decoded& out) {
  out.encoding = encoding.name;
  out.text = body;
  if (encoding.name == kUtf8Name) return;
  Converter converter{encoding.iconv_name};
  if (!converter.is_open()) return;  // then what is not UTF-8 of it is repaired
  out.storage.reserve(body.size() + body.size() / 8);
  converter.run(body, out);
  out.text = out.storage;
}

/// By the byte order mark, which `body` loses.
const Encoding* by_mark(std::string_view& body) noexcept {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kMarks = {
      {{"\xEF\xBB\xBF", "utf-8"}, {"\xFE\xFF", "utf-16be"}, {"\xFF\xFE", "utf-16le"}}};
  for (const auto& [mark, name] : kMarks) {
    if (!body.starts_with(mark)) continue;
    body.remove_prefix(mark.size());
    return find_encoding(name);
  }
  return nullptr;
}

const Encoding* by_meta(std::string_view body) {
  const Encoding* encoding = find_encoding(prescan(body));
  // A page that names a wide encoding in ASCII is not in it (WHATWG HTML §13.2.3.2).
  const bool is_wide = encoding != nullptr && encoding->name.starts_with("utf-16");
  return is_wide ? find_encoding(kUtf8Name) : encoding;
}

const Encoding* by_guess(std::string_view body) {
  const auto is_beyond_ascii = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  const auto first = std::ranges::find_if(body, is_beyond_ascii);
  body.remove_prefix(static_cast<std::size_t>(first - body.begin()));
  body = body.substr(0, kMaxGuessBytes);
  const auto count = std::ranges::count_if(body, is_beyond_ascii);
  if (count < static_cast<std::ptrdiff_t>(kMinGuessBytes)) return nullptr;
  const std::unique_ptr<uchardet, decltype(&uchardet_delete)> detector{uchardet_new(),
                                                                       &uchardet_delete};
  if (!detector || uchardet_handle_data(detector.get(), body.data(), body.size()) != 0) {
    return nullptr;
  }
  uchardet_data_end(detector.get());
  const Encoding* encoding = find_encoding(uchardet_get_charset(detector.get()));
  // That it is not UTF-8 is known. UTF-16 is what it says of bytes in the middle that look like a
  // mark.
  const bool is_unicode = encoding != nullptr && encoding->name.starts_with("utf-");
  return is_unicode ? nullptr : encoding;
}

const Encoding& choose(std::string_view& body, std::string_view content_type) {
  const Encoding* encoding = by_mark(body);
  if (encoding == nullptr) encoding = find_encoding(charset_in(content_type));
  if (encoding == nullptr) encoding = by_meta(body);
  // ESC: ISO-2022-JP looks like ASCII.
  const bool may_be_utf8 = encoding == nullptr && body.find('\x1B') == std::string_view::npos;
  if (may_be_utf8 && is_utf8(body)) encoding = find_encoding(kUtf8Name);
  if (encoding == nullptr) encoding = by_guess(body);
  return encoding != nullptr ? *encoding : *find_encoding("windows-1252");
}

}  // namespace

/// The tokenizer, left in the data state, reads as the standard's prescan does: markup in scripts
/// and the like is markup to it.
std::string prescan(std::string_view body) {
  Tokenizer tokenizer;
  Token token;
  std::string label;
  tokenizer.feed(body.substr(0, kPrescanBytes));
  while (label.empty() && tokenizer.next(token)) {
    if (token.kind != TokenKind::start_tag || token.text != "meta") continue;
    const std::string_view* charset = find_attribute(token, "charset");
    const std::string_view* content = find_attribute(token, "content");
    const std::string_view* pragma = find_attribute(token, "http-equiv");
    const bool is_pragma = pragma != nullptr && equals_ignoring_case(*pragma, "content-type");
    if (charset != nullptr) {
      label = *charset;
    } else if (content != nullptr && is_pragma) {
      label = charset_in(*content);
    }
    if (find_encoding(label) == nullptr) label.clear();
  }
  return label;
}

void decode(std::string_view body, std::string_view content_type, Decoded& out) {
  const Encoding& encoding = choose(body, content_type);
  convert(encoding, body, out);
  if (is_utf8(out.text)) return;
  std::string fixed;
  out.errors += append_valid_utf8(out.text, fixed);
  out.storage = std::move(fixed);
  out.text = out.storage;
}

}  // namespace webmon::html

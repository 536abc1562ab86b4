/// A code point as UTF-8 (RFC 3629). Pure.
#pragma once

namespace webmon::html {

/// At most 4 bytes; returns where they end. `code` is a Unicode scalar value.
inline char* put_utf8(char32_t code, char* out) noexcept {
  const auto put = [&](char32_t byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
  } else {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
  }
  if (code >= 0x80) put(0x80U | (code & 0x3FU));
  return out;
}

}  // namespace webmon::html

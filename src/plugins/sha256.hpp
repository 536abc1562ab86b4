/// SHA-256 (FIPS 180-4) by OpenSSL. Pure.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <new>
#include <string>
#include <string_view>

namespace webmon::plugins {

using Sha256 = std::array<unsigned char, 32>;

inline Sha256 sha256(std::string_view bytes) {
  Sha256 digest{};
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    throw std::bad_alloc{};  // nothing else can go wrong
  }
  return digest;
}

inline std::string_view raw(const Sha256& digest) noexcept {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Two lower-case digits a byte.
inline std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4U];
    text += kDigits[static_cast<unsigned char>(c) & 0xFU];
  }
  return text;
}

}  // namespace webmon::plugins

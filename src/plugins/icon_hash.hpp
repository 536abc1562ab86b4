/// How the search engines for devices name icons, and products known by theirs. Pure.
#pragma once

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace webmon::plugins {

/// MurmurHash3_x86_32 with seed 0 (Austin Appleby, 2008), as a signed number.
inline std::int32_t murmur3(std::string_view text) noexcept {
  const auto scramble = [](std::uint32_t k) {
    return std::rotl(k * 0xcc9e2d51U, 15) * 0x1b873593U;
  };
  const auto size = static_cast<std::uint32_t>(text.size());
  std::uint32_t h = 0;
  for (; text.size() >= 4; text.remove_prefix(4)) {
    std::uint32_t k = 0;
    std::memcpy(&k, text.data(), 4);
    h = std::rotl(h ^ scramble(k), 13) * 5 + 0xe6546b64U;
  }
  std::uint32_t rest = 0;
  std::memcpy(&rest, text.data(), text.size());
  h ^= scramble(rest) ^ size;
  h = (h ^ (h >> 16U)) * 0x85ebca6bU;
  h = (h ^ (h >> 13U)) * 0xc2b2ae35U;
  return static_cast<std::int32_t>(h ^ (h >> 16U));
}

/// Base64 in lines of 76 characters, each with its end (RFC 2045 §6.8).
inline std::string mime_base64(std::string_view bytes) {
  constexpr std::size_t kBytesPerLine = 57;
  std::array<unsigned char, 77> line{};
  std::string out;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kBytesPerLine, bytes.size()))) {
    const auto part = bytes.substr(0, kBytesPerLine);
    const int size =
        EVP_EncodeBlock(line.data(), reinterpret_cast<const unsigned char*>(part.data()),
                        static_cast<int>(part.size()));
    out.append(reinterpret_cast<const char*>(line.data()), static_cast<std::size_t>(size));
    out += '\n';
  }
  return out;
}

/// What Shodan calls http.favicon.hash.
inline std::int32_t icon_hash(std::string_view icon) { return murmur3(mime_base64(icon)); }

struct KnownIcon {
  std::int32_t hash;
  std::string_view product;
};

/// Of the icons in Debian 12's packages of these products (2026), but GitLab, Jenkins and Spring
/// Boot, whose values several public lists agree on.
inline constexpr std::array kKnownIcons = {
    KnownIcon{-1809201792, "BackupPC"},
    KnownIcon{-1797138069, "Cacti"},
    KnownIcon{-1754690812, "Roundcube"},
    KnownIcon{-1399433489, "Prometheus"},
    KnownIcon{-1388536905, "openQA"},
    KnownIcon{-1262113920, "gitweb"},
    KnownIcon{-1220851544, "Munin"},
    KnownIcon{-1170501093, "phpLDAPadmin"},
    KnownIcon{-1015107330, "RabbitMQ management"},
    KnownIcon{-895963602, "Jupyter Notebook"},
    KnownIcon{-885999798, "Nagios"},
    KnownIcon{-630493013, "DokuWiki"},
    KnownIcon{-556981179, "SimpleSAMLphp"},
    KnownIcon{-476231906, "phpMyAdmin"},
    KnownIcon{-305613147, "Cockpit"},
    KnownIcon{-297069493, "Apache Tomcat"},
    KnownIcon{603314, "Redmine"},
    KnownIcon{81586312, "Jenkins"},
    KnownIcon{116323821, "Spring Boot"},
    KnownIcon{203612613, "Request Tracker"},
    KnownIcon{483731301, "cgit"},
    KnownIcon{566946147, "ejabberd"},
    KnownIcon{572074752, "Adminer"},
    KnownIcon{892542951, "Zabbix"},
    KnownIcon{1276890095, "Shaarli"},
    KnownIcon{1278323681, "GitLab"},
    KnownIcon{1302486561, "Netdata"},
    KnownIcon{1349707016, "Transmission"},
    KnownIcon{1563218345, "PostfixAdmin"},
};

/// Empty if it is none of the known.
inline std::string_view product_of_icon(std::int32_t hash) noexcept {
  const auto found = std::ranges::lower_bound(kKnownIcons, hash, {}, &KnownIcon::hash);
  return found != kKnownIcons.end() && found->hash == hash ? found->product : std::string_view{};
}

}  // namespace webmon::plugins

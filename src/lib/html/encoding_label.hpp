/// The names that pages and servers give character encodings. Pure.
#pragma once

#include <string_view>

namespace webmon::html {

struct Encoding {
  std::string_view name;   ///< WHATWG Encoding §4.2, in lower case: "windows-1252"
  const char* iconv_name;  ///< the same for iconv of glibc, or the superset that browsers mean
};

inline constexpr std::string_view kUtf8Name = "utf-8";

/// The encoding that `label` means to browsers, white space and case ignored ("latin1" is
/// windows-1252); null if nobody knows it, or if it is one of those that browsers refuse
/// (iso-2022-kr, hz-gb-2312, …). What is returned lives for ever.
const Encoding* find_encoding(std::string_view label) noexcept;

}  // namespace webmon::html

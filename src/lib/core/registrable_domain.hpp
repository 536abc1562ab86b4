/// The domain that its owner registered, which a host name belongs to: one label more than a public
/// suffix that registries run. Pure.
#pragma once

#include <libpsl.h>

#include <string>
#include <string_view>

namespace webmon {

/// "shop.co.uk" of "www.shop.co.uk"; empty of a public suffix itself, and of names below no suffix
/// that is known ("nas.lan", addresses). `host` is lower case, A-labels, without a last dot.
/// The list is the one that is part of libpsl: a file beside it might be newer, but would be read
/// at a moment of its own, and what it says of registries seldom changes.
inline std::string_view registrable_domain(std::string_view host) {
  // Suffixes of the private section (github.io) are names of customers, not registrations.
  constexpr int kRegistries = PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE;
  const std::string whole{host};  // libpsl wants ends of text, which all its parts share
  std::string_view below;
  for (std::string_view rest = host; !rest.empty();) {
    const char* name = whole.c_str() + (host.size() - rest.size());
    if (psl_is_public_suffix2(psl_builtin(), name, kRegistries) != 0) {
      return below;
    }
    below = rest;
    const auto dot = rest.find('.');
    rest = dot == rest.npos ? std::string_view{} : rest.substr(dot + 1);
  }
  return {};
}

}  // namespace webmon

/// The registrable domains of the hosts that were met last: pages name the same ones again and
/// again, and the list of public suffixes takes about a microsecond for each. Pure in effect: what
/// is found depends on the host alone. Threads: none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace webmon::change {

struct KnownHost {
  std::string name;               ///< in lower case, 255 bytes at most
  std::uint8_t domain_begin = 0;  ///< in `name`; 0 if the host is below no public suffix, too
  bool is_common = false;         ///< one that very many sites use

  /// The registrable domain, or the host where there is none.
  std::string_view domain() const noexcept { return std::string_view{name}.substr(domain_begin); }
};

class DomainCache {
 public:
  /// `written` as in a reference, not empty. Valid until the next call.
  const KnownHost& find(std::string_view written);

 private:
  static constexpr std::size_t kHosts = 1024;  // a power of two; each has one place, by its hash
  std::array<KnownHost, kHosts> hosts_;
};

}  // namespace webmon::change

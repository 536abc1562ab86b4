#include "lib/change/domain_cache.hpp"

#include "lib/change/common_hosts.hpp"
#include "lib/core/ascii.hpp"
#include "lib/core/hashing.hpp"
#include "lib/core/registrable_domain.hpp"

namespace webmon::change {

const KnownHost& DomainCache::find(std::string_view written) {
  written = written.substr(0, 255);
  KnownHost& host = hosts_[hash_of(written, 0) % kHosts];
  if (equals_ignoring_case(host.name, written)) return host;
  host.name = lower(written);
  const std::string_view domain = registrable_domain(host.name);
  host.domain_begin =
      static_cast<std::uint8_t>(domain.empty() ? 0 : host.name.size() - domain.size());
  host.is_common = is_common_host(host.name);
  return host;
}

}  // namespace webmon::change

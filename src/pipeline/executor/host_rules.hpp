/// Which hosts are asked politely and which without limits. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/result.hpp"
#include "lib/fetch/ip.hpp"
#include "lib/store/jobs.hpp"

namespace webmon::executor {

class HostRules {
 public:
  /// `unlimited`: host names, addresses and networks. Errors: bad_config, naming the entry.
  static Result<HostRules> parse(store::HostLimits limits, std::span<const std::string> unlimited);
  /// `host` as in Url::host.
  store::HostLimits limits_of(std::string_view host) const;

 private:
  store::HostLimits limits_;
  std::vector<std::string> names_;
  std::vector<fetch::Cidr> networks_;
};

}  // namespace webmon::executor

#include "pipeline/executor/host_rules.hpp"

#include <algorithm>
#include <cctype>

namespace webmon::executor {
namespace {

constexpr store::HostLimits kNoLimits{.per_second = 0, .at_once = 0};

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

Result<HostRules> HostRules::parse(store::HostLimits limits,
                                   std::span<const std::string> unlimited) {
  HostRules rules;
  rules.limits_ = limits;
  for (const auto& entry : unlimited) {
    const bool is_network =
        entry.find('/') != std::string::npos || fetch::parse_ip(entry).has_value();
    if (!is_network) {
      if (!is_name(entry))
        return fail(Errc::bad_config,
                    "hosts without limits: '" + entry + "' is neither a host name nor a network");
      rules.names_.push_back(lower(entry));
      continue;
    }
    auto network = fetch::parse_cidr(entry);
    if (!network) return fail(Errc::bad_config, "hosts without limits: " + network.error().detail);
    rules.networks_.push_back(*network);
  }
  return rules;
}

store::HostLimits HostRules::limits_of(std::string_view host) const {
  if (std::ranges::find(names_, host) != names_.end()) return kNoLimits;
  const auto address = fetch::parse_ip(host == "localhost" ? "127.0.0.1" : host);
  if (!address) return limits_;
  const auto holds = [&](const fetch::Cidr& network) { return fetch::contains(network, *address); };
  return std::ranges::any_of(networks_, holds) ? kNoLimits : limits_;
}

}  // namespace webmon::executor

#include "cli/metrics_address.hpp"

#include "cli/ports.hpp"

namespace webmon::cli {

Result<metrics::Place> parse_metrics_address(const std::string& text) {
  if (text.empty()) return metrics::Place{};
  auto parsed = parse_host_port(text);
  if (!parsed) return fail(std::move(parsed.error()));
  return metrics::Place{std::move(parsed->host), parsed->port};
}

}  // namespace webmon::cli

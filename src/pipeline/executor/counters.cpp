#include "pipeline/executor/counters.hpp"

namespace webmon::executor {
namespace {

void count_phase(DurationHistogram& histogram, const std::optional<microseconds>& took) noexcept {
  if (took) histogram.add(*took);
}

}  // namespace

void count_fetch(Counters& counters, const Page& page) noexcept {
  for (const auto& hop : page.hops) {
    count_phase(counters.resolve, hop.phases.resolve);
    count_phase(counters.connect, hop.phases.connect);
    count_phase(counters.tls, hop.phases.tls);
    count_phase(counters.processing, hop.phases.processing);
    count_phase(counters.transfer, hop.phases.transfer);
  }
  counters.fetch.add(page.total);
  counters.received_bytes.fetch_add(page.header_bytes + page.wire_bytes, std::memory_order_relaxed);
}

void count_reports(Counters& counters, std::span<const store::PluginEntry> entries) noexcept {
  for (const auto& entry : entries)
    if (entry.report.state == ReportState::error)
      counters.plugins[entry.report.plugin].errors.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace webmon::executor

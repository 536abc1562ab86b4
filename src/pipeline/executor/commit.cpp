#include "pipeline/executor/commit.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/core/plugin.hpp"
#include "lib/store/report_blob.hpp"

namespace webmon::executor {
namespace {

std::vector<Metric> all_metrics(const std::vector<store::PluginEntry>& entries) {
  std::vector<Metric> metrics;
  for (const auto& entry : entries)
    metrics.insert(metrics.end(), entry.report.metrics.begin(), entry.report.metrics.end());
  return metrics;
}

}  // namespace

store::HistoryLayout history_layout() {
  std::vector<std::uint16_t> numbers;
  for (const auto* plugin : all_plugins())
    for (const auto& metric : plugin->metrics)
      if (metric.is_statistical) numbers.push_back(metric.number);
  std::ranges::sort(numbers);
  return store::HistoryLayout{std::move(numbers)};
}

bool is_same_request(const Asset& fetched, const Asset& now) noexcept {
  return fetched.url == now.url && fetched.request == now.request &&
         fetched.tls_verify == now.tls_verify && fetched.ignore == now.ignore;
}

store::FinishArgs make_finish(const store::AssetHead& head, const Page& page, CheckResult&& result,
                              JobId job, std::string token, const store::HistoryLayout& layout) {
  const bool late = is_late(head, page);
  store::FinishArgs args;
  args.token = std::move(token);
  args.rev = head.rev;
  args.old_state = head.state;
  args.new_state = late ? head.state : result.state;
  args.observed = page.observed_at;
  args.history_offset = layout.offset(head.n);
  args.history_row = layout.row(page.observed_at, result.state, late, all_metrics(result.entries));
  args.history_size = layout.ring_bytes();
  args.history_layout = layout.id();
  if (head.history_layout != layout.id()) args.history_header = layout.header();
  if (late) return args;
  args.model = std::move(result.model);
  args.report = store::encode({page.observed_at, job, std::move(result.entries)});
  return args;
}

}  // namespace webmon::executor

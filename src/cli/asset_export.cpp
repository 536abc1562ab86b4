#include "cli/asset_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/exit_code.hpp"
#include "cli/json_read.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"
#include "cli/text.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostRows = 10'000;  ///< a table is laid out as a whole

void append(std::string& query, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  if (!query.empty()) query += '&';
  query += fmt::format("{}={}", name, percent_encode(value));
}

/// Names of the metrics in any of the assets, in their order there.
std::vector<std::string> metrics_of(const std::vector<json::value>& assets) {
  std::vector<std::string> names;
  for (const auto& asset : assets) {
    const auto* metrics = find(asset, "/metrics");
    if (metrics == nullptr || !metrics->is_object()) continue;
    for (const auto& [name, value] : metrics->get_object())
      if (std::ranges::find(names, std::string_view{name}) == names.end()) names.emplace_back(name);
  }
  return names;
}

std::string metric_of(const json::value& asset, const std::string& name) {
  const auto* metrics = find(asset, "/metrics");
  const auto* value = metrics != nullptr && metrics->is_object()
                          ? metrics->get_object().if_contains(name)
                          : nullptr;
  return value != nullptr && value->is_number() ? human_number(value->to_number<double>()) : "-";
}

std::string table_of(const std::vector<json::value>& assets) {
  const auto metrics = metrics_of(assets);
  std::vector<Table::Column> columns{{"ID"}, {"STATE"}};
  for (const auto& name : metrics) columns.push_back({name, Table::Align::right});
  columns.push_back({"URL"});
  Table table{std::move(columns)};
  for (const auto& asset : assets) {
    std::vector<std::string> row{text_at(asset, "/id"), text_at(asset, "/state")};
    for (const auto& name : metrics) row.push_back(metric_of(asset, name));
    row.push_back(text_at(asset, "/url"));
    table.add(std::move(row));
  }
  return table.render(terminal_width());
}

}  // namespace

std::string query_of(const AssetFilters& filters) {
  std::string query;
  append(query, "tag", filters.tag);
  append(query, "state", filters.state);
  append(query, "host", filters.host);
  append(query, "text", filters.text);
  append(query, "enabled", filters.enabled);
  return query;
}

std::string export_path(const ExportOptions& options) {
  auto query = query_of(options.filters);
  append(query, "include", options.include);
  for (const auto& condition : options.where) append(query, "where", condition);
  append(query, "by", options.by);
  if (options.top > 0) append(query, "top", std::to_string(options.top));
  return "/api/v1/assets:export" + (query.empty() ? "" : "?" + query);
}

int export_assets(ApiClient& api, const ExportOptions& options) {
  ApiClient::Stream stream;
  stream.on_line = [](std::string_view line) {
    print(std::string{line} + "\n");
    return std::ferror(stdout) == 0;  // a reader that went away has enough
  };
  const auto sent = api.stream("GET", export_path(options), stream);
  return sent ? kOk : failed(sent.error());
}

int list_by_metrics(ApiClient& api, const ExportOptions& options) {
  std::vector<json::value> assets;
  bool is_cut = false;
  ApiClient::Stream stream;
  stream.on_line = [&](std::string_view line) {
    json::error_code ec;
    auto asset = json::parse({line.data(), line.size()}, ec);
    is_cut = assets.size() == kMostRows;
    if (!ec && !is_cut) assets.push_back(std::move(asset));
    return !is_cut;
  };
  const auto sent = api.stream("GET", export_path(options), stream);
  if (!sent) return failed(sent.error());
  print(table_of(assets));
  if (is_cut)
    complain(
        fmt::format("only the first {} are shown; `webmon asset export` writes all", kMostRows));
  return kOk;
}

}  // namespace webmon::cli

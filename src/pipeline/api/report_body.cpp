#include "pipeline/api/report_body.hpp"

#include "lib/core/plugin.hpp"

namespace webmon::api {

namespace json = boost::json;

namespace {

json::object describe(const Finding& finding) {
  json::object body;
  body["severity"] = to_string(finding.severity);
  body["code"] = finding.code;
  body["message"] = finding.message;
  body["expected"] = finding.expected;
  body["seen"] = finding.seen;
  body["evidence"] = finding.evidence;
  return body;
}

json::object describe(const Report& report) {
  json::object body;
  const auto* plugin = find_plugin(report.plugin);
  body["plugin"] = plugin ? std::string{plugin->name} : "plugin_" + std::to_string(report.plugin);
  body["number"] = report.plugin;
  body["version"] = report.version;
  body["state"] = to_string(report.state);
  body["reason"] = report.reason;
  json::object metrics;
  json::object units;
  for (const auto& metric : report.metrics) {
    const auto named = metric_body(metric.number);
    const auto& name = named.at("name").as_string();
    metrics[name] = metric.value;
    units[name] = named.at("unit");
  }
  body["metrics"] = std::move(metrics);
  body["units"] = std::move(units);
  body["facts"] = report.facts;
  json::array findings;
  for (const auto& finding : report.findings) findings.push_back(describe(finding));
  body["findings"] = std::move(findings);
  return body;
}

}  // namespace

json::object metric_body(std::uint16_t number) {
  json::object body;
  const auto* spec = find_metric(number);
  const auto* plugin = find_plugin(static_cast<std::uint8_t>(number / 100));
  body["plugin"] = plugin ? json::value(plugin->name) : json::value(nullptr);
  body["name"] = spec ? std::string{spec->name} : "metric_" + std::to_string(number);
  body["number"] = number;
  body["unit"] = spec ? json::value(spec->unit) : json::value(nullptr);
  return body;
}

json::array reports_body(const store::ReportBlob& reports) {
  json::array body;
  for (const auto& entry : reports.entries) body.push_back(describe(entry.report));
  return body;
}

}  // namespace webmon::api

#include "pipeline/api/asset_where.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "lib/core/plugin.hpp"

namespace webmon::api {
namespace {

constexpr std::array<std::string_view, 6> kFields = {"state", "enabled", "url",
                                                     "host",  "n",       "interval_s"};

std::string_view trim(std::string_view text) {
  const auto from = text.find_first_not_of(" \t");
  if (from == text.npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

tl::unexpected<Problem> bad(std::string detail) {
  return refuse(400, "bad_query", std::move(detail));
}

/// Every metric with this name, of the plugin `of` if that is not empty.
std::vector<std::uint16_t> metrics_named(std::string_view of, std::string_view name) {
  std::vector<std::uint16_t> found;
  for (const auto* plugin : all_plugins()) {
    if (!of.empty() && plugin->name != of) continue;
    for (const auto& metric : plugin->metrics) {
      if (metric.name == name) found.push_back(metric.number);
    }
  }
  return found;
}

const double* find_metric_value(const store::ReportBlob& reports, std::uint16_t number) {
  const auto plugin = static_cast<std::uint8_t>(number / 100);
  for (const auto& entry : reports.entries) {
    if (entry.report.plugin != plugin) continue;
    for (const auto& metric : entry.report.metrics) {
      if (metric.number == number) return &metric.value;
    }
  }
  return nullptr;
}

}  // namespace

std::string metric_name(std::uint16_t number) {
  const auto* spec = find_metric(number);
  const auto* plugin = find_plugin(static_cast<std::uint8_t>(number / 100));
  return (plugin ? std::string{plugin->name} : std::to_string(number / 100)) + "." +
         (spec ? std::string{spec->name} : "metric_" + std::to_string(number));
}

Checked<AssetValue> AssetValue::parse(std::string_view name) {
  AssetValue value;
  if (const auto field = std::ranges::find(kFields, name); field != kFields.end()) {
    value.field_ = *field;
    return value;
  }
  const auto dot = name.find('.');
  const bool has_plugin = dot != name.npos;
  const auto found = metrics_named(has_plugin ? name.substr(0, dot) : "",
                                   has_plugin ? name.substr(dot + 1) : name);
  if (found.size() == 1) {
    value.metric_ = found.front();
    return value;
  }
  const auto shown = "\"" + std::string{name.substr(0, 64)} + "\"";
  if (found.empty()) {
    return bad("no metric or field is called " + shown +
               ": GET /api/v1/plugins lists the metrics; fields are state, enabled, url, host, n, "
               "interval_s");
  }
  auto detail = shown + " is a metric of several plugins; write one of";
  for (const auto number : found) detail += " " + metric_name(number);
  return bad(std::move(detail));
}

AssetValue::Value AssetValue::of(const store::AssetHead& head,
                                 const store::ReportBlob& reports) const {
  if (is_metric()) {
    const auto* number = find_metric_value(reports, metric_);
    return number ? Value{*number} : Value{};
  }
  const auto& asset = head.asset;
  if (field_ == "state") return std::string{to_string(head.state)};
  if (field_ == "enabled") return std::string{asset.enabled ? "true" : "false"};
  if (field_ == "url") return asset.url.text;
  if (field_ == "host") return asset.url.host;
  if (field_ == "n") return static_cast<double>(head.n);
  return asset.interval ? Value{static_cast<double>(asset.interval->count())} : Value{};
}

Checked<Condition> Condition::parse(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, Operator>, 6> kOperators = {
      {{">=", Operator::at_least},
       {"<=", Operator::at_most},
       {"!=", Operator::unequal},
       {">", Operator::more},
       {"<", Operator::less},
       {"=", Operator::equal}}};
  const auto at = text.find_first_of("<>=!");
  if (at == text.npos) return bad("where: write NAME > NUMBER, or >= < <= = !=");
  const auto rest = text.substr(at);
  const auto found = std::ranges::find_if(
      kOperators, [&](const auto& entry) { return rest.starts_with(entry.first); });
  if (found == kOperators.end()) return bad("where: the operators are > >= < <= = !=");
  auto value = AssetValue::parse(trim(text.substr(0, at)));
  if (!value) return refuse(std::move(value.error()));
  Condition condition;
  condition.value_ = *value;
  condition.operator_ = found->second;
  condition.text_ = trim(rest.substr(found->first.size()));
  if (value->is_text()) {
    if (condition.operator_ == Operator::equal || condition.operator_ == Operator::unequal)
      return condition;
    return bad("where: a text can only be compared with = and !=");
  }
  const auto& digits = condition.text_;
  const auto* last = digits.data() + digits.size();
  const auto [end, ec] = std::from_chars(digits.data(), last, condition.number_);
  if (ec != std::errc{} || end != last) {
    return bad("where: \"" + digits.substr(0, 64) + "\" is not a number");
  }
  return condition;
}

bool Condition::holds(const store::AssetHead& head, const store::ReportBlob& reports) const {
  const auto value = value_.of(head, reports);
  if (const auto* text = std::get_if<std::string>(&value)) {
    return (*text == text_) == (operator_ == Operator::equal);
  }
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr) return false;
  switch (operator_) {
    case Operator::more:
      return *number > number_;
    case Operator::at_least:
      return *number >= number_;
    case Operator::less:
      return *number < number_;
    case Operator::at_most:
      return *number <= number_;
    case Operator::equal:
      return *number == number_;
    case Operator::unequal:
      return *number != number_;
  }
  return false;
}

}  // namespace webmon::api

/// Conditions on assets and on the metrics of their latest reports: "http-probe.total_ms>500",
/// "state=down". Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/store/report_blob.hpp"
#include "pipeline/api/context.hpp"

namespace webmon::api {

/// A metric of a plugin, or a field of the asset.
class AssetValue {
 public:
  /// "plugin.metric"; a metric's name alone, where only one plugin has it; or a field: `state`,
  /// `enabled`, `url`, `host`, `n`, `interval_s`.
  /// Errors: 400 bad_query, saying which names there are.
  static Checked<AssetValue> parse(std::string_view name);

  /// A number, a text, or nothing where the asset has no such value.
  using Value = std::variant<std::monostate, double, std::string>;
  Value of(const store::AssetHead& head, const store::ReportBlob& reports) const;

  bool is_metric() const noexcept { return metric_ != 0; }
  bool is_text() const noexcept { return !is_metric() && field_ != "n" && field_ != "interval_s"; }
  std::uint16_t metric() const noexcept { return metric_; }

 private:
  std::uint16_t metric_ = 0;
  std::string_view field_;
};

class Condition {
 public:
  /// NAME OPERATOR VALUE with > >= < <= = !=; texts can only be equal or not. White space around
  /// the three is ignored. Errors: 400 bad_query.
  static Checked<Condition> parse(std::string_view text);
  /// An asset without the value fulfils no condition on it, not even "!=".
  bool holds(const store::AssetHead& head, const store::ReportBlob& reports) const;
  const AssetValue& value() const noexcept { return value_; }

 private:
  enum class Operator : std::uint8_t { more, at_least, less, at_most, equal, unequal };
  AssetValue value_;
  Operator operator_ = Operator::equal;
  double number_ = 0;
  std::string text_;
};

/// "http-probe.total_ms" of its number; "12.metric_1203" if its plugin is not compiled in.
std::string metric_name(std::uint16_t number);

}  // namespace webmon::api

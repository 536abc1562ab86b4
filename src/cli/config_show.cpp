#include "cli/config_show.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "cli/duration.hpp"

namespace webmon::cli {
namespace {

namespace json = boost::json;

json::value json_of(const ValueRule& rule, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (rule.type == KeyType::count) return *number;
    if (rule.type == KeyType::interval && *number == 0) return "never";
    return json::value(duration_text(milliseconds{*number}));
  }
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* text = std::get_if<std::string>(&value)) return json::value(*text);
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value))
    return json::array(texts->begin(), texts->end());
  json::object intervals;
  for (const auto& [tag, interval] : std::get<TagIntervals>(value))
    intervals[tag] = duration_text(milliseconds{interval});
  return intervals;
}

}  // namespace

std::string config_toml(const Config& config, bool has_origins) {
  std::string out;
  std::string_view section;
  for (const auto& key : config_keys()) {
    if (key.section != section) out += fmt::format("\n[{}]\n", section = key.section);
    out += fmt::format("{} = {}", key.name, to_toml(key.rule, key.read(config.settings)));
    if (has_origins) out += "  # " + config.origin(key);
    out += '\n';
  }
  return out;
}

std::string config_json(const Config& config, bool has_origins) {
  json::object out;
  for (const auto& key : config_keys()) {
    auto value = json_of(key.rule, key.read(config.settings));
    if (has_origins) value = json::object{{"value", value}, {"origin", config.origin(key)}};
    out[key.path()] = std::move(value);
  }
  return json::serialize(out) + "\n";
}

}  // namespace webmon::cli

/// Options of assets and groups as the command line sets them: --interval, --method, --no-plugin …
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "lib/core/result.hpp"

namespace CLI {
class App;
}

namespace webmon::cli {

/// What is to be taken out of pages (docs/ignore.md).
struct IgnoreFields {
  std::vector<std::string> css, regexes, attributes;
  bool is_empty() const noexcept { return css.empty() && regexes.empty() && attributes.empty(); }
};
void add_ignore_fields(CLI::App& command, IgnoreFields& fields);
/// As the API's member `ignore`.
boost::json::array ignore_json(const IgnoreFields& fields);

/// Absent = not given.
struct OptionFields {
  std::string interval;  ///< a duration or "default"
  std::string method, body;
  std::vector<std::string> headers;
  std::vector<std::string> on_plugins, off_plugins;
  bool is_insecure = false, is_secure = false;
  IgnoreFields ignore;
  std::optional<double> sensitivity;
  std::vector<std::string> unset;
};
void add_option_fields(CLI::App& command, OptionFields& fields);

/// Adds a flag that may be repeated, one value each.
void add_many(CLI::App& command, const char* name, std::vector<std::string>& target,
              const char* help);

/// What was given, as the API's members `interval_s`, `request`, `tls`, `ignore`,
/// `sensitivity`, `plugins`.
/// `before` is the asset or group as it is: `request` and `plugins`, which the API replaces as a
/// whole, start from it. Errors: bad_input, naming the flag.
Result<boost::json::object> options_patch(const OptionFields& fields,
                                          const boost::json::value& before);

/// Its interval for a table; "-" if it has none.
std::string interval_text(const boost::json::value& asset_or_group);

}  // namespace webmon::cli

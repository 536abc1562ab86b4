/// How an asset is checked, as far as somebody has said so: the asset itself, or a group for all of
/// its assets (group.hpp). Values.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"

namespace webmon {

/// Bounds of the time from one check of an asset to the next.
inline constexpr seconds kLeastInterval{5};
inline constexpr seconds kMostInterval{604'800};  // a week
inline constexpr double kLeastSensitivity = 0.01, kMostSensitivity = 10'000;

struct RequestOptions {
  std::string method = "GET";  ///< GET or HEAD or POST
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool operator==(const RequestOptions&) const = default;
};

/// Takes a volatile part out of the page before anything compares it (docs/ignore.md). One of: all
/// elements that `css` selects; the attribute `attribute` of all elements, or of those that `css`
/// selects; all that `regex` matches.
struct IgnoreRule {
  std::string css;
  std::string attribute;  ///< in lower case
  std::string regex;
  bool operator==(const IgnoreRule&) const = default;
};
using IgnoreRules = std::vector<IgnoreRule>;
inline constexpr std::size_t kMostIgnoreRules = 32;

/// For people: "css .ad", "attribute nonce", "attribute value of input", "regex [0-9]+".
std::string to_text(const IgnoreRule& rule);

/// Absent: not said here, so that another says it, or the default holds.
struct AssetOptions {
  std::optional<seconds> interval;
  std::optional<RequestOptions> request;
  std::optional<bool> tls_verify;
  std::optional<IgnoreRules> ignore;  ///< as a whole; empty: nothing is ignored
  std::optional<double>
      sensitivity;  ///< false alerts a year that are acceptable (docs/detection.md)
  boost::json::object
      plugins;  ///< options per plugin name; {"html-stats":{"enabled":false}} switches one off
  bool operator==(const AssetOptions&) const = default;
};

/// What a client may set; absent = unchanged; nothing inside: from now on not said here.
struct AssetOptionsPatch {
  std::optional<std::optional<seconds>> interval;
  std::optional<std::optional<RequestOptions>> request;
  std::optional<std::optional<bool>> tls_verify;
  std::optional<std::optional<IgnoreRules>> ignore;
  std::optional<std::optional<double>> sensitivity;
  std::optional<boost::json::object> plugins;
};
void apply_options(const AssetOptionsPatch& patch, AssetOptions& options);

/// Reads one member of the API's form into `patch`; false if `key` is not one of an option. Strict:
/// wrong types, values out of bounds, credentials (`auth`, `Authorization`, `Cookie`) are bad_input
/// with the path of the field. Credentials are refused until Webmon can encrypt them. Whether the
/// selectors and expressions of ignore rules can be read is for check_ignore_rules() of
/// lib/html/ignore_filter.hpp to say.
Result<bool> read_option(std::string_view key, const boost::json::value& value,
                         AssetOptionsPatch& patch);
inline constexpr std::string_view kNoCredentials =
    "credentials are refused until Webmon can encrypt them; remove this field";

/// The API's form: {"interval_s","request":{…},"tls":{"verify"},"ignore":[…],"sensitivity",
/// "plugins"}; null: not said here.
boost::json::object options_json(const AssetOptions& options);
/// What is stored: without `ignore` and `sensitivity` where they are null, as builds that do not
/// know them read no others.
boost::json::object stored_options_json(const AssetOptions& options);

}  // namespace webmon

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

struct RequestOptions {
  std::string method = "GET";  ///< GET or HEAD or POST
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool operator==(const RequestOptions&) const = default;
};

/// Absent: not said here, so that another says it, or the default holds.
struct AssetOptions {
  std::optional<seconds> interval;
  std::optional<RequestOptions> request;
  std::optional<bool> tls_verify;
  boost::json::object
      plugins;  ///< options per plugin name; {"html-stats":{"enabled":false}} switches one off
  bool operator==(const AssetOptions&) const = default;
};

/// What a client may set; absent = unchanged; nothing inside: from now on not said here.
struct AssetOptionsPatch {
  std::optional<std::optional<seconds>> interval;
  std::optional<std::optional<RequestOptions>> request;
  std::optional<std::optional<bool>> tls_verify;
  std::optional<boost::json::object> plugins;
};
void apply_options(const AssetOptionsPatch& patch, AssetOptions& options);

/// Reads one member of the API's form into `patch`; false if `key` is not one of an option. Strict:
/// wrong types, values out of bounds, credentials (`auth`, `Authorization`, `Cookie`) are bad_input
/// with the path of the field. Credentials are refused until Webmon can encrypt them.
Result<bool> read_option(std::string_view key, const boost::json::value& value,
                         AssetOptionsPatch& patch);
inline constexpr std::string_view kNoCredentials =
    "credentials are refused until Webmon can encrypt them; remove this field";

/// The API's form: {"interval_s","request":{…},"tls":{"verify"},"plugins"}; null: not said here.
boost::json::object options_json(const AssetOptions& options);

}  // namespace webmon

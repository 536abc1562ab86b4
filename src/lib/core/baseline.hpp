/// What people have decided about the changes of an asset's page: approved, rejected, expected. A
/// value, part of the asset's document; lib/change acts on it. Pure.
#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "lib/core/clock.hpp"
#include "lib/core/result.hpp"

namespace webmon {

/// Times are of the store's clock; 0 is never.
struct Baseline {
  StoreTime approved{};        ///< what waited then is the page's own
  StoreTime rejected{};        ///< what waited then is not, however often it is seen
  StoreTime expected_until{};  ///< all that is seen before then is the page's own
  bool operator==(const Baseline&) const = default;
};

/// {"approved","rejected","expected_until"}, those that are not never.
boost::json::object to_json(const Baseline& baseline);
/// Errors: bad_input, with the path below `path`.
Result<Baseline> read_baseline(const boost::json::value& value, std::string_view path);

}  // namespace webmon

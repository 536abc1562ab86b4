/// From the shorthand of schemas.hpp to JSON Schema. Pure; internal to this folder.
#pragma once

#include <boost/json.hpp>
#include <string_view>

namespace webmon::api {

/// All schemas, in full, by name. Throws std::logic_error where the shorthand names what does not
/// exist, or two have one name.
boost::json::object all_schemas();
/// The full form of one schema in shorthand, such as "Asset?" or {"properties":…}; `all` are the
/// schemas that it may extend, in shorthand.
boost::json::value full_schema(const boost::json::value& shorthand, const boost::json::object& all);

}  // namespace webmon::api

/// Reading answers of the API, which may come from another version or from something else
/// altogether: what is missing or of another type reads as empty. Paths are JSON pointers (RFC
/// 6901). Pure.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace webmon::cli {

const boost::json::value* find(const boost::json::value& value, std::string_view pointer) noexcept;
/// Text as it is, numbers and booleans as JSON writes them, else empty.
std::string text_at(const boost::json::value& value, std::string_view pointer);
std::optional<double> number_at(const boost::json::value& value, std::string_view pointer);
bool is_true_at(const boost::json::value& value, std::string_view pointer);
/// Never null: an empty array if there is none.
const boost::json::array& array_at(const boost::json::value& value, std::string_view pointer);

}  // namespace webmon::cli

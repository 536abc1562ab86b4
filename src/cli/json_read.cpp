#include "cli/json_read.hpp"

namespace webmon::cli {

namespace json = boost::json;

const json::value* find(const json::value& value, std::string_view pointer) noexcept {
  json::error_code error;
  return value.find_pointer(pointer, error);
}

std::string text_at(const json::value& value, std::string_view pointer) {
  const auto* found = find(value, pointer);
  if (found == nullptr || found->is_null() || found->is_structured()) return {};
  return found->is_string() ? std::string{found->get_string()} : json::serialize(*found);
}

std::optional<double> number_at(const json::value& value, std::string_view pointer) {
  const auto* found = find(value, pointer);
  if (found == nullptr) return std::nullopt;
  json::error_code error;
  const auto number = found->to_number<double>(error);
  if (error) return std::nullopt;
  return number;
}

bool is_true_at(const json::value& value, std::string_view pointer) {
  const auto* found = find(value, pointer);
  return found != nullptr && found->is_bool() && found->get_bool();
}

const json::array& array_at(const json::value& value, std::string_view pointer) {
  static const json::array kNone;
  const auto* found = find(value, pointer);
  return found != nullptr && found->is_array() ? found->get_array() : kNone;
}

}  // namespace webmon::cli

#include "pipeline/api/json_body.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <set>
#include <string>
#include <vector>

namespace webmon::api {
namespace {

namespace json = boost::json;

/// Boost.JSON keeps the last of two equal names, other parsers the first: so a body with both is
/// refused.
struct NameGuard {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  std::vector<std::set<std::string, std::less<>>> open;
  std::string name;
  std::string duplicate;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) {
    open.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, json::error_code&) {
    open.pop_back();
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t, json::error_code&) { return true; }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    name.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
    name.append(part.data(), part.size());
    if (!open.back().insert(name).second) {
      duplicate = name;
      ec = json::error::extra_data;  // any error: it stops the parser
      return false;
    }
    name.clear();
    return true;
  }
  bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
  bool on_double(double, json::string_view, json::error_code&) { return true; }
  bool on_bool(bool, json::error_code&) { return true; }
  bool on_null(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

json::parse_options options() {
  json::parse_options strict;
  strict.max_depth = kMaxJsonDepth;
  return strict;
}

}  // namespace

Result<json::object> parse_json_object(std::string_view text) {
  json::error_code ec;
  json::basic_parser<NameGuard> guard{options()};
  guard.write_some(false, text.data(), text.size(), ec);
  if (!guard.handler().duplicate.empty()) {
    return fail(Errc::bad_input, "the name \"" + guard.handler().duplicate + "\" occurs twice");
  }
  json::value value;
  if (!ec) value = json::parse({text.data(), text.size()}, ec, {}, options());
  if (ec) return fail(Errc::bad_input, "the body is not valid JSON: " + ec.message());
  if (!value.is_object()) return fail(Errc::bad_input, "the body must be a JSON object");
  return std::move(value.get_object());
}

}  // namespace webmon::api

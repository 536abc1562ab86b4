/// What one route promises: the row beside its handler from which the check of its query and its
/// operation in /openapi.json are made, so that the two cannot differ. Pure values.
#pragma once

#include <string_view>

namespace webmon::api {

/// Lists are words separated by single spaces. Schemas are names of schemas.hpp.
struct Operation {
  std::string_view id;       ///< operationId, unique
  std::string_view tag;      ///< the group it is shown in
  std::string_view summary;  ///< one line
  /// Query parameters; any other is 400 bad_query. "where*" may be repeated.
  std::string_view query = {};
  std::string_view headers = {};  ///< request headers that it looks at
  std::string_view body = {};     ///< schema of the request body; empty: it has none
  std::string_view body_media = "application/json";
  int status = 200;                             ///< of success
  bool creates = false;                         ///< 201 instead if it made something new
  std::string_view answer = {};                 ///< schema of the answer
  std::string_view media = "application/json";  ///< of the answer; of NDJSON: schema of a line
  std::string_view problems = {};               ///< codes beside those that follow from the rest
};

constexpr bool is_repeatable(std::string_view word) noexcept { return word.ends_with('*'); }
/// Without the sign that it may be repeated.
constexpr std::string_view parameter_name(std::string_view word) noexcept {
  return word.substr(0, word.size() - (is_repeatable(word) ? 1 : 0));
}

/// Calls `f` with each word of `list`.
template <class F>
void for_each_word(std::string_view list, F f) {
  while (!list.empty()) {
    const auto word = list.substr(0, list.find(' '));
    list.remove_prefix(word.size() < list.size() ? word.size() + 1 : word.size());
    f(word);
  }
}

}  // namespace webmon::api

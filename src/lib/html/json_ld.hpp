/// The types that a JSON-LD script names, found without parsing it: most such scripts are valid,
/// and of one that is not the names are good enough. Pure.
#pragma once

#include <algorithm>
#include <string_view>

namespace webmon::html {

/// Calls `use` with each string of each "@type", as written between its quotes.
template <class Use>
void for_each_json_ld_type(std::string_view json, Use&& use) {
  constexpr std::string_view kKey = "\"@type\"";
  constexpr std::string_view kSpace = " \t\r\n";
  const auto skip_space = [&] {
    json.remove_prefix(std::min(json.find_first_not_of(kSpace), json.size()));
  };
  for (std::size_t at = json.find(kKey); at != std::string_view::npos; at = json.find(kKey)) {
    json.remove_prefix(at + kKey.size());
    skip_space();
    if (!json.starts_with(':')) continue;
    json.remove_prefix(1);
    skip_space();
    const bool is_list = json.starts_with('[');
    if (is_list) json.remove_prefix(1);
    for (;;) {
      skip_space();
      if (!json.starts_with('"')) break;
      const std::size_t end = json.find('"', 1);
      if (end == std::string_view::npos) return;
      use(json.substr(1, end - 1));
      json.remove_prefix(end + 1);
      skip_space();
      if (!is_list || !json.starts_with(',')) break;
      json.remove_prefix(1);
    }
  }
}

}  // namespace webmon::html

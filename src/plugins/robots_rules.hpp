/// What a robots.txt says (RFC 9309), as far as plugins need it. Pure.
#pragma once

#include <string>
#include <string_view>

#include "lib/core/reference.hpp"
#include "plugins/builder.hpp"

namespace webmon::plugins {

struct RobotsRules {
  bool has_rules = false;     ///< any line of the grammar: a page of HTML has none
  bool disallow_all = false;  ///< the group for all crawlers keeps them out of "/"
  std::string sitemap;        ///< the first one named; empty: none (sitemaps.org, "Sitemap:")
};

/// Lines as RFC 9309 §2.2 has them: "name: value # comment", with white space anywhere.
class RobotsReader {
 public:
  RobotsRules read(std::string_view text) {
    constexpr std::string_view kMark = "\xef\xbb\xbf";
    if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
    while (!text.empty()) {
      const auto end = std::min(text.find_first_of("\r\n"), text.size());
      read_line(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    // Of "/" itself the longest matching rules are those of one character; a tie is allowed
    // (§2.2.2).
    rules_.disallow_all = is_disallowed_ && !is_allowed_;
    return rules_;
  }

 private:
  void read_line(std::string_view line) {
    line = line.substr(0, line.find('#'));
    const auto colon = line.find(':');
    if (colon == line.npos) return;
    const auto name = trim(line.substr(0, colon));
    const auto value = trim(line.substr(colon + 1));
    if (equals_ignoring_case(name, "user-agent")) return begin_group(value);
    if (equals_ignoring_case(name, "sitemap")) {
      rules_.has_rules = true;
      if (rules_.sitemap.empty()) rules_.sitemap = value.substr(0, 2'048);
      return;
    }
    const bool is_allow = equals_ignoring_case(name, "allow");
    if (!is_allow && !equals_ignoring_case(name, "disallow")) return;
    rules_.has_rules = true;
    is_in_names_ = false;
    if (!is_for_all_ || !is_of_root(value)) return;
    (is_allow ? is_allowed_ : is_disallowed_) = true;
  }

  /// Names that follow each other share the rules after them.
  void begin_group(std::string_view agent) {
    rules_.has_rules = true;
    if (!is_in_names_) is_for_all_ = false;
    is_in_names_ = true;
    if (agent == "*") is_for_all_ = true;
  }

  /// Whether the rule is of "/" and all below it, with all its ways to say so.
  static bool is_of_root(std::string_view pattern) {
    return pattern == "/" || pattern == "/*" || pattern == "*";
  }

  RobotsRules rules_;
  bool is_in_names_ = false, is_for_all_ = false;
  bool is_allowed_ = false, is_disallowed_ = false;
};

}  // namespace webmon::plugins

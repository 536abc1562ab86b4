/// A page without the parts that ignore rules name (docs/ignore.md). Pure, throws only
/// std::bad_alloc. Time and memory are linear in the page, for rules within their bounds.
///
/// Of HTML, elements and attributes go first: what stays is the page's source as it was, decoded,
/// without them. Which elements are open is what content_model.hpp says; so an element that the
/// page does not end goes until the end of what it is in, or of the page. Beyond 512 open elements
/// none is ignored any more. Then, as of all other texts, what regular expressions match.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "lib/core/asset_options.hpp"
#include "lib/core/page.hpp"
#include "lib/core/result.hpp"

namespace webmon {

/// Of all regular expressions of a page together.
inline constexpr std::uint32_t kMostIgnoredMatches = 4096;

/// Whether selectors and regular expressions can be read. Errors: bad_input with the path of the
/// field: "ignore[2].css: …".
Result<void> check_ignore_rules(std::span<const IgnoreRule> rules);

/// What is left of a page.
struct Rest {
  std::string text;  ///< of HTML: UTF-8
  Ignored ignored;
  std::string_view encoding;  ///< of HTML: that it was in; lives for ever
  std::uint32_t decode_errors = 0;
  bool is_cut = false;  ///< of HTML: what is beyond kMaxHtmlBytes (extract.hpp) is not in `text`
};
/// A rule that cannot be read ignores nothing.
Rest rest_of_html(std::span<const IgnoreRule> rules, std::string_view body,
                  std::string_view content_type);
/// Of what is not HTML; only regular expressions act.
Rest rest_of_text(std::span<const IgnoreRule> rules, std::string_view body);

}  // namespace webmon

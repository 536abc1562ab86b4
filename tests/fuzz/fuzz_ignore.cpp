// Whatever page and rules are: what is left is no longer than the page, valid UTF-8, a subsequence
// of it, and counted; and a second pass finds no attribute any more. The first line of an input is
// a selector, the second the name of an attribute, the third a regular expression; the page
// follows.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "lib/html/charset.hpp"
#include "lib/html/extract.hpp"
#include "lib/html/ignore_filter.hpp"
#include "require.hpp"

namespace {

using namespace webmon;

std::string line_of(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string line{text.substr(0, end)};
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool is_subsequence(std::string_view part, std::string_view text) {
  std::size_t at = 0;
  for (const char c : text) at += at < part.size() && part[at] == c ? 1 : 0;
  return at == part.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kType = "text/html; charset=utf-8";
  std::string_view page{reinterpret_cast<const char*>(data), size};
  IgnoreRules rules(3);
  rules[0].css = line_of(page);
  rules[1].attribute = line_of(page);
  rules[2].regex = line_of(page);
  html::Decoded decoded;
  html::decode(page, kType, decoded);
  const Rest rest = rest_of_html(rules, page, kType);
  require(html::is_utf8(rest.text), "what is left is not UTF-8");
  const bool may_cut_characters = rules[2].regex.find("\\C") != std::string::npos;
  if (!may_cut_characters) {
    require(rest.text.size() + rest.ignored.bytes == decoded.text.size(), "bytes are miscounted");
    require(is_subsequence(rest.text, decoded.text), "what is left was not there");
  }
  PageFeatures features;
  extract_features({.text = rest.text, .encoding = rest.encoding}, features);
  require(rest.ignored.counts.size() == 3, "a rule has no count");
  const IgnoreRules first{rules[1]};
  const auto once = rest_of_html(first, page, kType);
  require(rest_of_html(first, once.text, kType).ignored.attributes == 0, "an attribute is left");
  return 0;
}

/// Features of one HTML page, computed once in a single pass by lib/html and shared by all plugins.
/// The struct lives here so that `Page` can hold it; lib/html fills it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace webmon {

/// Element names that are counted one by one, in this order; all others count as kOther.
/// Append only: the position is written nowhere, but tests and docs list it.
inline constexpr std::array<std::string_view, 111> kTagNames = {
    "a",       "abbr",     "address",    "area",       "article",  "aside",    "audio",    "b",
    "base",    "bdi",      "bdo",        "blockquote", "body",     "br",       "button",   "canvas",
    "caption", "cite",     "code",       "col",        "colgroup", "data",     "datalist", "dd",
    "del",     "details",  "dfn",        "dialog",     "div",      "dl",       "dt",       "em",
    "embed",   "fieldset", "figcaption", "figure",     "footer",   "form",     "h1",       "h2",
    "h3",      "h4",       "h5",         "h6",         "head",     "header",   "hgroup",   "hr",
    "html",    "i",        "iframe",     "img",        "input",    "ins",      "kbd",      "label",
    "legend",  "li",       "link",       "main",       "map",      "mark",     "menu",     "meta",
    "meter",   "nav",      "noscript",   "object",     "ol",       "optgroup", "option",   "output",
    "p",       "param",    "picture",    "pre",        "progress", "q",        "rp",       "rt",
    "ruby",    "s",        "samp",       "script",     "section",  "select",   "slot",     "small",
    "source",  "span",     "strong",     "style",      "sub",      "summary",  "sup",      "svg",
    "table",   "tbody",    "td",         "template",   "textarea", "tfoot",    "th",       "thead",
    "time",    "title",    "tr",         "track",      "u",        "ul",       "video"};
inline constexpr std::size_t kOtherTag = kTagNames.size();

/// Index into kTagNames, or kOtherTag. `name` in lower case.
std::size_t tag_index(std::string_view name) noexcept;

struct Link {
  std::string href;  ///< as written, at most 2,048 bytes
  std::string rel;
};

struct PageFeatures {
  bool is_present = false;  ///< false: the body was not HTML, or empty
  std::array<std::uint32_t, kTagNames.size() + 1> tags{};  ///< start tags per name; last is "other"
  std::uint32_t tags_total = 0;
  std::uint32_t distinct_tags = 0;
  std::uint32_t max_depth = 0;  ///< open elements at most, void elements not counted
  std::uint32_t attributes = 0;
  std::uint32_t comments = 0;
  std::uint32_t event_handlers = 0;  ///< attributes that begin with "on"
  std::uint32_t hidden_elements =
      0;  ///< `hidden`, style display:none / visibility:hidden, or 0/1-pixel frames
  std::uint32_t parse_errors = 0;
  std::uint64_t text_bytes = 0;  ///< visible text with runs of white space folded to one space
  std::uint32_t words = 0;
  std::uint64_t inline_script_bytes = 0;
  std::string title;                        ///< at most 512 bytes
  std::vector<Link> links;                  ///< <a href>, the first 4,096
  std::vector<std::string> script_sources;  ///< <script src>, the first 512, as written
  std::vector<std::string> frame_sources;   ///< <iframe src>, <frame src>, the first 256
  std::string text;  ///< visible text, folded, at most 1 MiB; for hashes and later for diffs

  std::uint32_t tag(std::string_view name) const noexcept { return tags[tag_index(name)]; }
};

}  // namespace webmon

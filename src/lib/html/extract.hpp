/// HTML bytes to PageFeatures, in one pass without a tree: decode (charset.hpp), tokenize
/// (tokenizer.hpp, the WHATWG algorithm), simulate which elements are open (content_model.hpp),
/// collect (feature_collector.hpp). Pure, thread-safe, throws only std::bad_alloc.
///
/// What the counts mean. They are of the bytes as a browser without scripting reads them, not of
/// what it makes of them: nothing is implied, nothing is dropped, nothing is moved.
///   tags, attributes   start tags and their attributes, in every place including <noscript>,
///                      <template>, <svg>; not those inside scripts, styles and other raw text.
///                      A missing <html>, <head>, <body>, <tbody> is not there, a second <body> is
///   max_depth          open elements, void ones not counted; <p>, <li>, <td>, … end where HTML
///                      says so. content_model.hpp lists where this is less than a tree
///   comments           <!-- -->, including conditional ones, and what is read as one: <?x>, <!x>
///   text, words        character data outside <title>, <script>, <style>, <template>, <noscript>,
///                      <iframe>, <noembed>, <noframes>, with white space folded; block elements
///                      and <br> separate words, inline elements do not. Text of hidden elements
///                      is part of it: only a browser knows what CSS hides
///   text_runs          pieces of the text between block elements; a link's text is one of its own
///   hidden_elements    `hidden`, inline style display:none or visibility:hidden, frames 0 or 1
///                      pixel wide or high; <input type=hidden> is a form's ordinary business and
///                      not counted
///   hidden_text        what of the text is in such an element, however deep
///   inline_script_bytes  text inside <script>, whatever its type
///   parse_errors       of WHATWG HTML §13.2.2, those of the tokenizer, and bytes that did not
///                      decode; not those of tree construction
///   title              of the first <title> that says something; in SVG it counts, too
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/core/page_features.hpp"

namespace webmon {

/// Bytes beyond this are not read; `is_cut` is set.
inline constexpr std::size_t kMaxHtmlBytes = 8U << 20U;
/// So are tokens (tags, comments, pieces of text).
inline constexpr std::uint32_t kMaxHtmlTokens = 1'000'000;
/// Attributes of one tag beyond this are counted, but nothing else of them is seen.
inline constexpr std::uint32_t kMaxAttributesPerTag = 256;
/// The rest of an attribute's value is not seen.
inline constexpr std::uint32_t kMaxAttributeBytes = 64U << 10U;

/// Overwrites `out`. `content_type` is the whole header value; its charset wins over what the page
/// says of itself. `out.is_present` is false if `body` is empty. Does not look whether the body is
/// HTML at all. Time is linear in `body`, up to the comparing of at most 256 names of a tag's
/// attributes with each other.
void extract_features(std::string_view body, std::string_view content_type, PageFeatures& out);

/// A page that is UTF-8 already.
struct DecodedPage {
  std::string_view text;      ///< valid UTF-8
  std::string_view encoding;  ///< that it was in; lives for ever
  std::uint32_t decode_errors = 0;
  bool is_cut = false;  ///< it was longer than kMaxHtmlBytes
};
/// The same of such a page, whatever encoding it names itself.
void extract_features(const DecodedPage& page, PageFeatures& out);

}  // namespace webmon

/// HTML bytes to PageFeatures, in one pass without a tree. Today by libxml2's SAX parser; a
/// tokenizer of our own will take its place behind this function. Pure, thread-safe, throws only
/// std::bad_alloc.
///
/// What the counts mean. libxml2 repairs HTML 4 as it reads, so they are of what it makes of the
/// bytes, not of the bytes alone: it adds a missing <html>, <head>, <body> and a <p> around stray
/// text, drops a second <html> or <body>, closes <p> and <li> where HTML 4 does, and counts every
/// HTML 5 element as unknown in `parse_errors`, which is therefore only good for comparison with
/// itself. The same bytes always give the same features.
///   tags, attributes   start tags and their attributes, in every place including <noscript> and
///   <template> max_depth          open elements, void ones not counted, implied ones counted
///   comments           <!-- -->, including conditional ones
///   text, words        character data outside head's <title>, <script>, <style>, <template>,
///   <noscript>, with
///                      white space folded; block elements and <br> separate words, inline elements
///                      do not. Text of hidden elements is part of it: only a browser knows what
///                      CSS hides.
///   hidden_elements    `hidden`, inline style display:none or visibility:hidden, frames 0 or 1
///   pixel wide or high;
///                      <input type=hidden> is a form's ordinary business and not counted
///   inline_script_bytes  text inside <script>, whatever its type
#pragma once

#include <cstddef>
#include <string_view>

#include "lib/core/page_features.hpp"

namespace webmon {

/// Bytes beyond this are not read.
inline constexpr std::size_t kMaxHtmlBytes = 8U << 20U;
/// A tag with clearly more attributes (up to some 2,000 get through) ends the reading: the tag and
/// what follows are not counted, one parse error is.
inline constexpr std::size_t kMaxAttributesPerTag = 512;

/// Overwrites `out`. `content_type` is the whole header value; its charset wins over what the page
/// says of itself. `out.is_present` is false if `body` is empty. Does not look whether the body is
/// HTML at all. Hostile input costs at most about a second: work is budgeted, the reading ends
/// early when it is spent.
void extract_features(std::string_view body, std::string_view content_type, PageFeatures& out);

}  // namespace webmon

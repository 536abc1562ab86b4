/// Features of one HTML page, computed once in a single pass by lib/html and shared by all plugins.
/// The struct lives here so that `Page` can hold it; lib/html fills it. What the counts mean, and
/// which elements they are of, is said in lib/html/extract.hpp.
///
/// Counts are of the whole page, lists are bounded and keep the first so many. All texts are UTF-8.
/// Ownership: the views of a PageFeatures point into its `storage`, which copies share: they are
/// valid as long as any copy lives. Threads: once filled, anybody may read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace webmon {

/// Element names that are counted one by one: all of HTML, obsolete ones too, and <svg>, <math>.
/// All others count as kOther. Sorted; the position is written nowhere.
inline constexpr std::array<std::string_view, 138> kTagNames = {
    "a",        "abbr",    "acronym",    "address",  "applet",   "area",     "article",
    "aside",    "audio",   "b",          "base",     "basefont", "bdi",      "bdo",
    "bgsound",  "big",     "blockquote", "body",     "br",       "button",   "canvas",
    "caption",  "center",  "cite",       "code",     "col",      "colgroup", "data",
    "datalist", "dd",      "del",        "details",  "dfn",      "dialog",   "dir",
    "div",      "dl",      "dt",         "em",       "embed",    "fieldset", "figcaption",
    "figure",   "font",    "footer",     "form",     "frame",    "frameset", "h1",
    "h2",       "h3",      "h4",         "h5",       "h6",       "head",     "header",
    "hgroup",   "hr",      "html",       "i",        "iframe",   "img",      "input",
    "ins",      "isindex", "kbd",        "keygen",   "label",    "legend",   "li",
    "link",     "listing", "main",       "map",      "mark",     "marquee",  "math",
    "menu",     "meta",    "meter",      "nav",      "nobr",     "noembed",  "noframes",
    "noscript", "object",  "ol",         "optgroup", "option",   "output",   "p",
    "param",    "picture", "plaintext",  "pre",      "progress", "q",        "rb",
    "rp",       "rt",      "rtc",        "ruby",     "s",        "samp",     "script",
    "search",   "section", "select",     "slot",     "small",    "source",   "span",
    "strike",   "strong",  "style",      "sub",      "summary",  "sup",      "svg",
    "table",    "tbody",   "td",         "template", "textarea", "tfoot",    "th",
    "thead",    "time",    "title",      "tr",       "track",    "tt",       "u",
    "ul",       "var",     "video",      "wbr",      "xmp"};
inline constexpr std::size_t kOtherTag = kTagNames.size();

/// Index into kTagNames, or kOtherTag. `name` in lower case.
std::size_t tag_index(std::string_view name) noexcept;

/// References are as written, without white space at their ends, at most 2,048 bytes; resolve them
/// against `PageFeatures::base_href` and the page's URL (resolve_url of lib/core/url.hpp).
inline constexpr std::uint32_t kNoTextRun = UINT32_MAX;

struct Link {  ///< <a href>, <area href>
  std::string_view href;
  std::string_view rel;
  bool is_hidden = false;               ///< it or an element around it is (see `hidden_elements`)
  std::uint32_t text_run = kNoTextRun;  ///< index into `text_runs` of its text
};

/// A piece of `text` that no block element and no link divides. White space at its ends may be
/// part of it.
struct TextRun {
  std::uint32_t begin = 0;  ///< in `text`
  std::uint32_t size = 0;   ///< bytes
  bool is_hidden = false;
  bool is_heading = false;
};

struct Script {
  std::string_view src;  ///< empty: inline
  std::string_view type;
  std::string_view integrity;
  std::string_view text;  ///< inline; cut off where kMaxInlineScriptText of the page is used up
  std::uint64_t text_bytes = 0;  ///< inline, all of it
  std::uint64_t text_hash = 0;   ///< XXH3 of all of it; 0 if there is none
};

enum class FrameKind : std::uint8_t { iframe, frame, object, embed };

struct Frame {
  FrameKind kind = FrameKind::iframe;
  std::string_view src;  ///< `data` of an object
  std::string_view sandbox;
  std::uint32_t srcdoc_bytes = 0;
  bool has_sandbox = false;
  bool has_srcdoc = false;
  bool is_hidden = false;  ///< it or an element around it is
  bool is_pixel = false;   ///< 0 or 1 pixel wide or high
};

struct Form {
  std::string_view action;  ///< empty: the page itself
  std::string_view method;  ///< as written
  bool has_autocomplete_off = false;
  bool is_hidden = false;
};

inline constexpr std::uint32_t kNoForm = UINT32_MAX;

struct Field {                   ///< <input>, <select>, <textarea>, <button>
  std::uint32_t form = kNoForm;  ///< index into `forms`; kNoForm: outside all that are kept
  std::string_view type;         ///< of an input or button, in lower case; else the element's name
  std::string_view name;         ///< `name`, or else `id`
  std::string_view autocomplete;
};

struct Image {  ///< <img>
  std::string_view src;
  std::string_view alt;
  bool is_pixel = false;
};

struct Meta {
  std::string_view name;  ///< `name`, `property`, `itemprop` or `http-equiv`, in lower case
  std::string_view content;
  bool is_http_equiv = false;
};

struct LinkElement {     ///< <link>
  std::string_view rel;  ///< in lower case
  std::string_view href;
  std::string_view hreflang;
  std::string_view integrity;
};

struct Heading {
  std::uint8_t level = 1;  ///< 1 to 6
  std::string_view text;   ///< white space folded, at most 256 bytes
};

struct InsecureReference {  ///< something a browser would load from "http:"
  std::string_view tag;     ///< the element
  std::string_view url;
  bool is_active = false;  ///< W3C Mixed Content: blockable (scripts, frames, styles, forms, …)
};

struct MetaRefresh {
  bool is_present = false;
  std::uint32_t delay_s = 0;
  std::string_view url;  ///< empty: the page itself
};

// How many a page's lists keep.
inline constexpr std::size_t kMaxLinks = 4096;
inline constexpr std::size_t kMaxTextRuns = 16'384;
inline constexpr std::size_t kMaxScripts = 512;
inline constexpr std::size_t kMaxInlineScriptText = 512U << 10U;  ///< bytes, all scripts together
inline constexpr std::size_t kMaxFrames = 256;
inline constexpr std::size_t kMaxForms = 128;
inline constexpr std::size_t kMaxFields = 1024;
inline constexpr std::size_t kMaxImages = 1024;
inline constexpr std::size_t kMaxMetas = 128;
inline constexpr std::size_t kMaxLinkElements = 256;
inline constexpr std::size_t kMaxHeadings = 256;
inline constexpr std::size_t kMaxInsecureReferences = 256;
inline constexpr std::size_t kMaxJsonLdTypes = 64;

struct PageFeatures {
  bool is_present = false;   ///< false: the body was not HTML, or empty
  bool is_cut = false;       ///< a limit ended the reading early (see extract.hpp)
  bool has_doctype = false;  ///< one that asks for no quirks
  bool has_end = false;      ///< </html> or </body> was there
  std::string_view charset;  ///< what the bytes were read as: "utf-8", "windows-1252"

  std::array<std::uint32_t, kTagNames.size() + 1> tags{};  ///< start tags per name; last is "other"
  std::uint32_t tags_total = 0;
  std::uint32_t distinct_tags = 0;
  std::uint32_t max_depth = 0;         ///< open elements at most, void elements not counted
  std::uint32_t attributes = 0;        ///< of start tags
  std::uint32_t event_handlers = 0;    ///< attributes that begin with "on"
  std::uint32_t style_attributes = 0;  ///< style="…"
  /// `hidden`, style display:none / visibility:hidden, or 0/1-pixel frames
  std::uint32_t hidden_elements = 0;
  std::uint32_t comments = 0;
  std::uint64_t comment_bytes = 0;
  std::uint32_t parse_errors = 0;   ///< of decoding and of the tokenizer
  std::uint32_t decode_errors = 0;  ///< of these: bytes that were not in the page's encoding

  std::uint64_t text_bytes = 0;  ///< visible text with runs of white space folded to one space
  std::uint32_t words = 0;
  std::uint64_t hidden_text_bytes =
      0;             ///< of text_bytes (without the folded spaces): in hidden elements
  std::string text;  ///< visible text, folded, at most 1 MiB; for hashes, diffs, signatures
  std::vector<TextRun> text_runs;  ///< of `text`, in its order; none is empty
  std::string hidden_text;         ///< what of it is in hidden elements, folded, at most 64 KiB

  std::string title;            ///< folded, at most 512 bytes
  std::string_view lang;        ///< of <html>
  std::string_view base_href;   ///< of the first <base href>; empty: none
  std::string_view canonical;   ///< of the first <link rel=canonical>
  std::uint32_t hreflangs = 0;  ///< <link rel=alternate hreflang>
  MetaRefresh refresh;
  std::vector<Meta> metas;
  std::vector<LinkElement> link_elements;
  std::vector<Heading> headings;
  std::vector<std::string_view> json_ld_types;  ///< values of "@type" in JSON-LD scripts

  std::vector<Link> links;
  std::uint32_t links_total = 0;  ///< also those that are not kept; so are all *_total
  std::vector<Script> scripts;    ///< external ones and inline ones, data blocks too
  std::uint32_t external_scripts = 0;
  std::uint64_t inline_script_bytes = 0;
  std::uint64_t inline_style_bytes = 0;  ///< text of <style>
  std::vector<Frame> frames;             ///< <iframe>, <frame>, <object>, <embed>
  std::uint32_t frame_sources = 0;       ///< <iframe src>, <frame src>
  std::vector<Form> forms;
  std::vector<Field> fields;
  std::vector<Image> images;
  std::vector<InsecureReference> insecure;
  std::uint32_t insecure_total = 0;

  std::uint64_t structure_simhash = 0;  ///< of all runs of three start tags
  std::uint64_t text_simhash = 0;       ///< of all words of `text`; 0 if there are none

  std::shared_ptr<const void> storage;  ///< what the views above point into

  std::uint32_t tag(std::string_view name) const noexcept { return tags[tag_index(name)]; }
  /// The content of the first <meta> of that name ("description", "og:title"); empty if there is
  /// none. `name` in lower case.
  std::string_view meta(std::string_view name) const noexcept {
    for (const Meta& one : metas) {
      if (one.name == name) return one.content;
    }
    return {};
  }
};

}  // namespace webmon

#include "lib/html/reference_collector.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "lib/html/chars.hpp"
#include "lib/html/json_ld.hpp"
#include "lib/html/meta_refresh.hpp"
#include "lib/html/text_folder.hpp"

namespace webmon::html {
namespace {

constexpr std::size_t kMaxReference = 2048;
constexpr std::size_t kMaxWord = 256;  // rel, type, method, name, …
constexpr std::size_t kMaxContent = 1024;
constexpr std::string_view kInsecure = "http://";

/// Empty if there is no such attribute.
std::string_view value_of(const Token& token, std::string_view name) noexcept {
  const std::string_view* value = find_attribute(token, name);
  return value == nullptr ? std::string_view{} : *value;
}

bool contains_word(std::string_view list, std::string_view word) noexcept {
  for (std::size_t at = list.find(word); at != std::string_view::npos;
       at = list.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || is_space(list[at - 1])) && (end == list.size() || is_space(list[end]))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string_view ReferenceCollector::keep(std::string_view text, std::size_t max_bytes) {
  return arena_.copy(utf8_prefix(trimmed(text), max_bytes));
}

std::string_view ReferenceCollector::keep_lower(std::string_view text, std::size_t max_bytes) {
  text = utf8_prefix(trimmed(text), max_bytes);
  char* const memory = arena_.allocate(text.size());
  std::ranges::transform(text, memory, to_lower);
  return {memory, text.size()};
}

void ReferenceCollector::start(const Token& token, TagId tag, Visibility visibility) {
  switch (tag) {
    case tag_id("a"):
    case tag_id("area"):
      return add_link(token, visibility);
    case tag_id("script"):
      return add_script(token);
    case tag_id("iframe"):
    case tag_id("frame"):
    case tag_id("object"):
    case tag_id("embed"):
      return add_frame(token, tag, visibility);
    case tag_id("form"):
      return add_form(token, visibility);
    case tag_id("input"):
    case tag_id("select"):
    case tag_id("textarea"):
    case tag_id("button"):
      return add_field(token, tag);
    case tag_id("img"):
      return add_image(token, visibility);
    case tag_id("meta"):
      return add_meta(token);
    case tag_id("link"):
      return add_link_element(token);
    case tag_id("base"):
      return add_base(token);
    case tag_id("html"):
      if (out_.lang.empty()) out_.lang = keep(value_of(token, "lang"), kMaxWord);
      return;
    default:  // audio, video, source, track, applet
      return add_insecure(tag, value_of(token, "src"), tag == tag_id("track"));
  }
}

void ReferenceCollector::add_insecure(TagId tag, std::string_view url, bool is_active) {
  url = trimmed(url);
  if (!equals_ignoring_case(url.substr(0, kInsecure.size()), kInsecure)) return;
  ++out_.insecure_total;
  if (out_.insecure.size() >= kMaxInsecureReferences) return;
  out_.insecure.push_back(
      {.tag = kTagNames[tag], .url = keep(url, kMaxReference), .is_active = is_active});
}

void ReferenceCollector::add_link(const Token& token, Visibility visibility) {
  const std::string_view* href = find_attribute(token, "href");
  if (href == nullptr) return;
  ++out_.links_total;
  if (out_.links.size() >= kMaxLinks) return;
  if (out_.links.empty()) out_.links.reserve(64);
  out_.links.push_back({.href = keep(*href, kMaxReference),
                        .rel = keep(value_of(token, "rel"), kMaxWord),
                        .is_hidden = visibility.is_hidden,
                        .text_run = kNoTextRun});
  is_in_link_ = true;
}

void ReferenceCollector::end_run(std::size_t run) noexcept {
  if (is_in_link_ && out_.links.back().text_run == kNoTextRun) {
    out_.links.back().text_run = static_cast<std::uint32_t>(run);
  }
}

void ReferenceCollector::add_script(const Token& token) {
  const std::string_view* src = find_attribute(token, "src");
  if (src != nullptr) {
    ++out_.external_scripts;
    add_insecure(tag_id("script"), *src, true);
  }
  script_text_.clear();
  is_in_script_ = true;
  is_script_kept_ = out_.scripts.size() < kMaxScripts;
  if (!is_script_kept_) return;
  out_.scripts.push_back({.src = src == nullptr ? std::string_view{} : keep(*src, kMaxReference),
                          .type = keep(value_of(token, "type"), kMaxWord),
                          .integrity = keep(value_of(token, "integrity"), kMaxContent),
                          .text = {}});
}

void ReferenceCollector::script_text(std::string_view text) {
  out_.inline_script_bytes += text.size();
  if (is_in_script_ && is_script_kept_) script_text_ += text;
}

void ReferenceCollector::end_script() {
  const bool has_text = is_in_script_ && is_script_kept_ && !script_text_.empty();
  is_in_script_ = false;
  if (!has_text) return;
  Script& script = out_.scripts.back();
  script.text_bytes = script_text_.size();
  script.text_hash = XXH3_64bits(script_text_.data(), script_text_.size());
  script.text = arena_.copy(utf8_prefix(script_text_, script_room_));
  script_room_ -= script.text.size();
  if (equals_ignoring_case(script.type, "application/ld+json")) add_json_ld_types(script_text_);
}

void ReferenceCollector::add_json_ld_types(std::string_view json) {
  for_each_json_ld_type(json, [&](std::string_view type) {
    if (out_.json_ld_types.size() >= kMaxJsonLdTypes) return;
    out_.json_ld_types.push_back(keep(type, kMaxWord));
  });
}

void ReferenceCollector::add_frame(const Token& token, TagId tag, Visibility visibility) {
  const bool is_object = tag == tag_id("object");
  const bool is_frame = tag == tag_id("iframe") || tag == tag_id("frame");
  const std::string_view* src = find_attribute(token, is_object ? "data" : "src");
  if (src != nullptr) add_insecure(tag, *src, true);
  if (is_frame && src != nullptr) ++out_.frame_sources;
  if (out_.frames.size() >= kMaxFrames) return;
  const std::string_view* sandbox = find_attribute(token, "sandbox");
  const std::string_view* srcdoc = find_attribute(token, "srcdoc");
  Frame frame;
  frame.kind = is_object                 ? FrameKind::object
               : tag == tag_id("embed")  ? FrameKind::embed
               : tag == tag_id("iframe") ? FrameKind::iframe
                                         : FrameKind::frame;
  if (src != nullptr) frame.src = keep(*src, kMaxReference);
  if (sandbox != nullptr) frame.sandbox = keep(*sandbox, kMaxWord);
  if (srcdoc != nullptr) frame.srcdoc_bytes = static_cast<std::uint32_t>(srcdoc->size());
  frame.has_sandbox = sandbox != nullptr;
  frame.has_srcdoc = srcdoc != nullptr;
  frame.is_hidden = visibility.is_hidden;
  frame.is_pixel = visibility.is_pixel;
  out_.frames.push_back(frame);
}

void ReferenceCollector::add_form(const Token& token, Visibility visibility) {
  const std::string_view action = value_of(token, "action");
  add_insecure(tag_id("form"), action, true);
  if (form_ != kNoForm) return;  // forms do not nest
  if (out_.forms.size() >= kMaxForms) return;
  form_ = static_cast<std::uint32_t>(out_.forms.size());
  const bool is_off = equals_ignoring_case(trimmed(value_of(token, "autocomplete")), "off");
  out_.forms.push_back({.action = keep(action, kMaxReference),
                        .method = keep(value_of(token, "method"), kMaxWord),
                        .has_autocomplete_off = is_off,
                        .is_hidden = visibility.is_hidden});
}

void ReferenceCollector::add_field(const Token& token, TagId tag) {
  if (out_.fields.size() >= kMaxFields) return;
  std::string_view type = value_of(token, "type");
  const bool has_type = tag == tag_id("input") || tag == tag_id("button");
  if (!has_type) type = kTagNames[tag];
  if (has_type && type.empty()) type = tag == tag_id("input") ? "text" : "submit";
  const std::string_view* name = find_attribute(token, "name");
  out_.fields.push_back({.form = form_,
                         .type = keep_lower(type, kMaxWord),
                         .name = keep(name == nullptr ? value_of(token, "id") : *name, kMaxWord),
                         .autocomplete = keep(value_of(token, "autocomplete"), kMaxWord)});
}

void ReferenceCollector::add_image(const Token& token, Visibility visibility) {
  const std::string_view src = value_of(token, "src");
  add_insecure(tag_id("img"), src, false);
  if (out_.images.size() >= kMaxImages) return;
  out_.images.push_back({.src = keep(src, kMaxReference),
                         .alt = keep(value_of(token, "alt"), kMaxWord),
                         .is_pixel = visibility.is_pixel});
}

void ReferenceCollector::add_meta(const Token& token) {
  const std::string_view* http_equiv = find_attribute(token, "http-equiv");
  const std::string_view* name = http_equiv;
  for (const std::string_view other : {"name", "property", "itemprop"}) {
    if (name == nullptr) name = find_attribute(token, other);
  }
  if (name == nullptr) return;
  const std::string_view content = value_of(token, "content");
  if (http_equiv != nullptr && !out_.refresh.is_present &&
      equals_ignoring_case(trimmed(*name), "refresh")) {
    out_.refresh = parse_meta_refresh(content);
    out_.refresh.url = keep(out_.refresh.url, kMaxReference);
  }
  if (out_.metas.size() >= kMaxMetas) return;
  out_.metas.push_back({.name = keep_lower(*name, kMaxWord),
                        .content = keep(content, kMaxContent),
                        .is_http_equiv = http_equiv != nullptr});
}

void ReferenceCollector::add_link_element(const Token& token) {
  const std::string_view href = value_of(token, "href");
  const std::string_view rel = keep_lower(value_of(token, "rel"), kMaxWord);
  const std::string_view hreflang = keep(value_of(token, "hreflang"), kMaxWord);
  const bool is_loaded = contains_word(rel, "stylesheet") || contains_word(rel, "icon") ||
                         contains_word(rel, "preload") || contains_word(rel, "modulepreload") ||
                         contains_word(rel, "manifest");
  if (is_loaded) add_insecure(tag_id("link"), href, !contains_word(rel, "icon"));
  const std::string_view kept = keep(href, kMaxReference);
  if (out_.canonical.empty() && contains_word(rel, "canonical")) out_.canonical = kept;
  if (!hreflang.empty() && contains_word(rel, "alternate")) ++out_.hreflangs;
  if (out_.link_elements.size() >= kMaxLinkElements) return;
  out_.link_elements.push_back({.rel = rel,
                                .href = kept,
                                .hreflang = hreflang,
                                .integrity = keep(value_of(token, "integrity"), kMaxContent)});
}

void ReferenceCollector::add_base(const Token& token) {
  const std::string_view* href = find_attribute(token, "href");
  if (href != nullptr && out_.base_href.empty()) out_.base_href = keep(*href, kMaxReference);
}

}  // namespace webmon::html

/// What of a page the plugin `signatures` scans. Pure.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "lib/core/reference.hpp"
#include "lib/signatures/document.hpp"

namespace webmon::plugins {

inline constexpr std::size_t kMostPlainBytes = 1U << 20U;  ///< of a body that is not HTML
inline constexpr std::size_t kMostScannedFields = 200;

inline void add_forms(signatures::Document& document, const Page& page) {
  using signatures::Part;
  const PageFeatures& features = page.features;
  for (const Form& form : features.forms) {
    document.add_tag(Part::form, "form", {{"action", form.action}, {"method", form.method}});
  }
  const auto kept =
      std::span{features.fields}.first(std::min(features.fields.size(), kMostScannedFields));
  for (const Field& field : kept) {
    document.add_tag(Part::form, "input", {{"type", field.type}, {"name", field.name}});
    if (field.type != "password") continue;
    document.has_password = true;
    if (field.form < features.forms.size() &&
        is_foreign(read_reference(features.forms[field.form].action), page))
      document.sends_password_away = true;
  }
}

inline void add_html(signatures::Document& document, const Page& page) {
  using signatures::Part;
  const PageFeatures& features = page.features;
  document.reserve(features.text.size() + features.hidden_text.size() +
                   std::min<std::size_t>(features.inline_script_bytes, kMaxInlineScriptText) +
                   4096);
  document.add(Part::title, features.title);
  for (const Heading& heading : features.headings)
    if (heading.level == 1) document.add(Part::h1, heading.text);
  document.add(Part::hidden, features.hidden_text);
  document.add(Part::body, features.text);
  add_forms(document, page);
  for (const Script& script : features.scripts) {
    if (script.src.empty())
      document.add(Part::script, script.text);
    else
      document.add_tag(Part::script, "script", {{"src", script.src}});
  }
}

/// What a body that is not HTML is scanned as. A type that is neither text nor script: nothing.
inline bool add_plain(signatures::Document& document, const Page& page) {
  using signatures::Part;
  const std::string type = media_type(page);
  const auto has = [&](std::string_view word) { return type.find(word) != std::string::npos; };
  const bool is_script = has("javascript") || has("ecmascript");
  if (!is_script && !type.starts_with("text/") && !has("json") && !has("xml")) return false;
  document.add(is_script ? Part::script : Part::body,
               std::string_view{page.body}.substr(0, kMostPlainBytes));
  return true;
}

/// Of HTML its features; of other texts the body. Nothing of what is neither.
inline std::optional<signatures::Document> signature_document(const Page& page) {
  signatures::Document document;
  document.host = final_url(page).host;
  if (page.features.is_present)
    add_html(document, page);
  else if (!add_plain(document, page))
    return std::nullopt;
  return document;
}

}  // namespace webmon::plugins

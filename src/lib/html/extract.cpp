#include "lib/html/extract.hpp"

#include <algorithm>

#include "lib/html/charset.hpp"
#include "lib/html/page_reader.hpp"

namespace webmon {

void extract_features(std::string_view body, std::string_view content_type, PageFeatures& out) {
  if (body.empty()) {
    out = PageFeatures{};
    return;
  }
  html::Decoded decoded;
  html::decode(body.substr(0, kMaxHtmlBytes), content_type, decoded);
  extract_features({.text = decoded.text,
                    .encoding = decoded.encoding,
                    .decode_errors = decoded.errors,
                    .is_cut = body.size() > kMaxHtmlBytes},
                   out);
}

void extract_features(const DecodedPage& page, PageFeatures& out) {
  out = PageFeatures{};
  html::PageReader reader{{.tokens = kMaxHtmlTokens,
                           .attributes = kMaxAttributesPerTag,
                           .attribute_value_bytes = kMaxAttributeBytes},
                          out};
  reader.feed(page.text);
  reader.finish();
  out.is_cut = out.is_cut || page.is_cut;
  out.charset = page.encoding;
  out.decode_errors = page.decode_errors;
  out.parse_errors += page.decode_errors;
}

}  // namespace webmon

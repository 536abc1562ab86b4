#include "lib/html/extract.hpp"

#include <algorithm>

#include "lib/html/charset.hpp"
#include "lib/html/page_reader.hpp"

namespace webmon {

void extract_features(std::string_view body, std::string_view content_type, PageFeatures& out) {
  out = PageFeatures{};
  if (body.empty()) return;
  html::Decoded decoded;
  html::decode(body.substr(0, kMaxHtmlBytes), content_type, decoded);
  html::PageReader reader{{.tokens = kMaxHtmlTokens,
                           .attributes = kMaxAttributesPerTag,
                           .attribute_value_bytes = kMaxAttributeBytes},
                          out};
  reader.feed(decoded.text);
  reader.finish();
  out.is_cut = out.is_cut || body.size() > kMaxHtmlBytes;
  out.charset = decoded.encoding;
  out.decode_errors = decoded.errors;
  out.parse_errors += decoded.errors;
}

}  // namespace webmon

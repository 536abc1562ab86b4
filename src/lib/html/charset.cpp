#include "lib/html/charset.hpp"

#include <algorithm>

namespace webmon::html {
namespace {

constexpr std::size_t kMaxName = 40;

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_name_char(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
         c == ':';
}

std::string from_content_type(std::string_view content_type) {
  std::string text{content_type};
  std::ranges::transform(text, text.begin(), lower);
  constexpr std::string_view kKey = "charset=";
  std::size_t at = text.find(kKey);
  if (at == std::string::npos) return {};
  at += kKey.size();
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) ++at;
  std::size_t end = at;
  while (end < text.size() && is_name_char(text[end])) ++end;
  if (end - at > kMaxName) return {};
  return text.substr(at, end - at);
}

}  // namespace

Charset detect_charset(std::string_view body, std::string_view content_type) {
  if (body.starts_with("\xEF\xBB\xBF")) return {.name = "utf-8", .bom_size = 3};
  if (body.starts_with("\xFE\xFF")) return {.name = "utf-16be", .bom_size = 2};
  if (body.starts_with("\xFF\xFE")) return {.name = "utf-16le", .bom_size = 2};
  return {.name = from_content_type(content_type), .bom_size = 0};
}

bool is_wide(std::string_view charset) noexcept {
  return charset.starts_with("utf-16") || charset.starts_with("utf-32") ||
         charset.starts_with("ucs-") || charset.starts_with("iso-10646");
}

}  // namespace webmon::html

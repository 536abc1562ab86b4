#include "lib/html/meta_refresh.hpp"

#include <algorithm>

#include "lib/html/chars.hpp"

namespace webmon::html {
namespace {

constexpr std::uint32_t kMaxDelay = 1'000'000'000;

void skip_space(std::string_view& text) noexcept {
  while (!text.empty() && (is_space(text.front()) || text.front() == '\r')) text.remove_prefix(1);
}

}  // namespace

MetaRefresh parse_meta_refresh(std::string_view content) noexcept {
  skip_space(content);
  if (content.empty() || !(is_digit(content.front()) || content.front() == '.')) return {};
  MetaRefresh refresh{.is_present = true, .delay_s = 0, .url = {}};
  for (; !content.empty() && is_digit(content.front()); content.remove_prefix(1)) {
    const auto digit = static_cast<std::uint32_t>(content.front() - '0');
    refresh.delay_s = std::min(refresh.delay_s, kMaxDelay / 10) * 10 + digit;
  }
  while (!content.empty() && (is_digit(content.front()) || content.front() == '.')) {
    content.remove_prefix(1);
  }
  if (content.empty()) return refresh;
  const char separator = content.front();
  if (separator != ';' && separator != ',' && !is_space(separator)) return {};
  skip_space(content);
  if (content.starts_with(';') || content.starts_with(',')) content.remove_prefix(1);
  skip_space(content);
  if (equals_ignoring_case(content.substr(0, 3), "url")) {
    std::string_view rest = content.substr(3);
    skip_space(rest);
    if (rest.starts_with('=')) {
      rest.remove_prefix(1);
      skip_space(rest);
      content = rest;
    }
  }
  if (content.starts_with('"') || content.starts_with('\'')) {
    const char quote = content.front();
    content.remove_prefix(1);
    content = content.substr(0, content.find(quote));
  }
  refresh.url = content;
  return refresh;
}

}  // namespace webmon::html

#include "lib/html/visibility.hpp"

#include <array>
#include <charconv>

#include "lib/html/chars.hpp"

namespace webmon::html {
namespace {

/// An inline style in lower case without white space, with a ';' in front, to search for whole
/// properties. Keeps the first 4 KB.
class SqueezedStyle {
 public:
  explicit SqueezedStyle(std::string_view style) noexcept {
    for (const char c : style.substr(0, buffer_.size() - 1)) {
      if (!is_space(c) && c != '\r') buffer_[size_++] = to_lower(c);
    }
  }
  std::string_view text() const noexcept { return {buffer_.data(), size_}; }

 private:
  std::array<char, 4096> buffer_ = [] {
    std::array<char, 4096> buffer;
    buffer[0] = ';';
    return buffer;
  }();
  std::size_t size_ = 1;
};

/// "0", "1", "0px", " 1 ": at most one pixel. "10%", "auto", "" are not.
bool is_pixel(std::string_view value) noexcept {
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || number < 0 || number > 1) return false;
  const std::string_view rest{end, static_cast<std::size_t>(value.data() + value.size() - end)};
  return rest.empty() || rest.front() == ' ' || rest.front() == ';' || rest.starts_with("px");
}

bool has_pixel_property(std::string_view style, std::string_view property) noexcept {
  const std::size_t at = style.find(property);
  return at != std::string_view::npos && is_pixel(style.substr(at + property.size()));
}

bool has_pixel_attribute(const Token& token, std::string_view name) noexcept {
  const std::string_view* value = find_attribute(token, name);
  return value != nullptr && is_pixel(*value);
}

void read_style(std::string_view style, bool is_sized, Visibility& out) noexcept {
  const SqueezedStyle css{style};
  out.is_hidden = out.is_hidden || css.text().find(";display:none") != std::string_view::npos ||
                  css.text().find(";visibility:hidden") != std::string_view::npos;
  out.is_pixel = out.is_pixel || (is_sized && (has_pixel_property(css.text(), ";width:") ||
                                               has_pixel_property(css.text(), ";height:")));
}

}  // namespace

Visibility visibility_of(const Token& token, TagId tag, std::string_view style) noexcept {
  Visibility out;
  const bool is_sized = has(tag, kIsSized);
  if (!style.empty()) read_style(style, is_sized, out);
  if (!is_sized) return out;
  out.is_pixel =
      out.is_pixel || has_pixel_attribute(token, "width") || has_pixel_attribute(token, "height");
  out.is_hidden = out.is_hidden || (out.is_pixel && tag != tag_id("img"));
  return out;
}

}  // namespace webmon::html

#include "lib/html/feature_collector.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace webmon::html {
namespace {

constexpr std::size_t kMaxTextBytes = 1U << 20U;
constexpr std::size_t kMaxTitleBytes = 512;
constexpr std::size_t kMaxReferenceBytes = 2048;
constexpr std::size_t kMaxLinks = 4096;
constexpr std::size_t kMaxScripts = 512;
constexpr std::size_t kMaxFrames = 256;
constexpr std::size_t kMaxStyleBytes = 4096;

// WHATWG HTML §13.1.2 "void elements".
constexpr std::array<std::string_view, 14> kVoid = {"area",  "base",   "br",    "col",  "embed",
                                                    "hr",    "img",    "input", "link", "meta",
                                                    "param", "source", "track", "wbr"};
constexpr std::array<std::string_view, 5> kUnseen = {"noscript", "script", "style", "template",
                                                     "title"};
// Elements that do not break a word; every other one does.
constexpr std::array<std::string_view, 30> kInline = {
    "a",    "abbr",  "acronym", "b",      "bdi", "bdo", "big",  "cite", "code", "data",
    "del",  "dfn",   "em",      "font",   "i",   "ins", "kbd",  "mark", "q",    "s",
    "samp", "small", "span",    "strong", "sub", "sup", "time", "tt",   "u",    "var"};

template <std::size_t N>
constexpr bool contains(const std::array<std::string_view, N>& sorted,
                        std::string_view name) noexcept {
  return std::ranges::binary_search(sorted, name);
}

// What the tables say of the elements that are counted one by one, so that most names are looked up
// once.
enum Flag : std::uint8_t {
  kIsVoid = 1,
  kIsUnseen = 2,
  kIsInline = 4,
  kIsScript = 8,
  kIsTitle = 16
};

constexpr std::uint8_t look_up(std::string_view name) noexcept {
  return static_cast<std::uint8_t>(
      (contains(kVoid, name) ? kIsVoid : 0) | (contains(kUnseen, name) ? kIsUnseen : 0) |
      (contains(kInline, name) ? kIsInline : 0) | (name == "script" ? kIsScript : 0) |
      (name == "title" ? kIsTitle : 0));
}

constexpr auto kFlags = [] {
  std::array<std::uint8_t, kTagNames.size()> flags{};
  for (std::size_t i = 0; i < flags.size(); ++i) flags[i] = look_up(kTagNames[i]);
  return flags;
}();

std::uint8_t flags_of(std::size_t tag, std::string_view name) noexcept {
  return tag == kOtherTag ? look_up(name) : kFlags[tag];
}

const Attribute* find(std::span<const Attribute> attributes, std::string_view name) noexcept {
  const auto at = std::ranges::find(attributes, name, &Attribute::name);
  return at == attributes.end() ? nullptr : &*at;
}

/// "0", "1", "0px", " 1 ": at most one pixel. "10%", "auto", "" are not.
bool is_pixel(std::string_view value) noexcept {
  while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || number < 0 || number > 1) return false;
  const std::string_view rest{end, static_cast<std::size_t>(value.data() + value.size() - end)};
  return rest.empty() || rest.front() == ' ' || rest.front() == ';' || rest.starts_with("px");
}

/// An inline style in lower case without white space, with a leading ';' to search for whole
/// properties.
std::string squeeze(std::string_view style) {
  std::string out = ";";
  for (const char c : style.substr(0, kMaxStyleBytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isspace(byte) == 0) out.push_back(static_cast<char>(std::tolower(byte)));
  }
  return out;
}

bool has_pixel_property(std::string_view style, std::string_view property) noexcept {
  const std::size_t at = style.find(property);
  return at != std::string_view::npos && is_pixel(style.substr(at + property.size()));
}

bool is_frame(std::string_view name) noexcept {
  return name == "iframe" || name == "frame" || name == "object" || name == "embed";
}

bool is_hidden(std::string_view name, std::span<const Attribute> attributes) {
  if (find(attributes, "hidden") != nullptr) return true;
  const Attribute* style = find(attributes, "style");
  const std::string css = style == nullptr ? std::string{} : squeeze(style->value);
  if (css.find(";display:none") != std::string::npos) return true;
  if (css.find(";visibility:hidden") != std::string::npos) return true;
  if (!is_frame(name)) return false;
  const auto is_pixel_attribute = [&](std::string_view side) {
    const Attribute* attribute = find(attributes, side);
    return attribute != nullptr && is_pixel(attribute->value);
  };
  return is_pixel_attribute("width") || is_pixel_attribute("height") ||
         has_pixel_property(css, ";width:") || has_pixel_property(css, ";height:");
}

std::string reference(const Attribute& attribute) {
  return std::string{utf8_prefix(attribute.value, kMaxReferenceBytes)};
}

void keep(std::vector<std::string>& list, std::size_t bound, const Attribute* attribute) {
  if (attribute != nullptr && list.size() < bound) list.push_back(reference(*attribute));
}

}  // namespace

FeatureCollector::FeatureCollector(PageFeatures& out)
    : out_{out}, text_{kMaxTextBytes}, title_{kMaxTitleBytes} {}

void FeatureCollector::start_element(std::string_view name, std::span<const Attribute> attributes) {
  const std::size_t tag = tag_index(name);
  const std::uint8_t flags = flags_of(tag, name);
  ++out_.tags[tag];
  ++out_.tags_total;
  out_.attributes += static_cast<std::uint32_t>(attributes.size());
  for (const Attribute& attribute : attributes) {
    if (attribute.name.size() > 2 && attribute.name.starts_with("on")) ++out_.event_handlers;
  }
  if (is_hidden(name, attributes)) ++out_.hidden_elements;
  keep_references(name, attributes);
  if ((flags & kIsVoid) == 0) out_.max_depth = std::max(out_.max_depth, ++depth_);
  if ((flags & kIsUnseen) != 0) ++unseen_depth_;
  if ((flags & kIsScript) != 0) ++script_depth_;
  if ((flags & kIsTitle) != 0) ++title_depth_;
  if ((flags & kIsInline) == 0) text_.separate();
}

void FeatureCollector::end_element(std::string_view name) {
  const auto leave = [](std::uint32_t& depth) { depth -= depth > 0 ? 1U : 0U; };
  const std::uint8_t flags = flags_of(tag_index(name), name);
  if ((flags & kIsVoid) == 0) leave(depth_);
  if ((flags & kIsUnseen) != 0) leave(unseen_depth_);
  if ((flags & kIsScript) != 0) leave(script_depth_);
  if ((flags & kIsTitle) != 0) {
    leave(title_depth_);
    has_title_ = has_title_ || title_.words() > 0;
  }
  if ((flags & kIsInline) == 0) text_.separate();
}

void FeatureCollector::characters(std::string_view text) {
  if (script_depth_ > 0) out_.inline_script_bytes += text.size();
  if (title_depth_ > 0 && !has_title_) title_.add(text);
  if (unseen_depth_ == 0) text_.add(text);
}

void FeatureCollector::finish() {
  out_.distinct_tags = static_cast<std::uint32_t>(
      std::ranges::count_if(out_.tags, [](std::uint32_t count) { return count > 0; }));
  out_.text_bytes = text_.bytes();
  out_.words = text_.words();
  out_.text = text_.take();
  out_.title = title_.take();
  out_.is_present = true;
}

void FeatureCollector::keep_references(std::string_view name,
                                       std::span<const Attribute> attributes) {
  if (name == "a") {
    const Attribute* href = find(attributes, "href");
    if (href == nullptr || out_.links.size() >= kMaxLinks) return;
    const Attribute* rel = find(attributes, "rel");
    out_.links.push_back(
        {.href = reference(*href), .rel = rel == nullptr ? std::string{} : reference(*rel)});
  } else if (name == "script") {
    keep(out_.script_sources, kMaxScripts, find(attributes, "src"));
  } else if (name == "iframe" || name == "frame") {
    keep(out_.frame_sources, kMaxFrames, find(attributes, "src"));
  }
}

}  // namespace webmon::html

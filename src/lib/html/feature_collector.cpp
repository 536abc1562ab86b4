#include "lib/html/feature_collector.hpp"

#include <algorithm>
#include <utility>

#include "lib/html/visibility.hpp"

namespace webmon::html {
namespace {

constexpr std::size_t kMaxTextBytes = 1U << 20U;
constexpr std::size_t kMaxHiddenTextBytes = 64U << 10U;
constexpr std::size_t kMaxTitleBytes = 512;
constexpr std::size_t kMaxHeadingBytes = 256;
constexpr TagId kLink = tag_id("a");
constexpr TagId kTitle = tag_id("title");
constexpr TagId kScript = tag_id("script");
constexpr TagId kStyle = tag_id("style");

}  // namespace

FeatureCollector::FeatureCollector(PageFeatures& out)
    : out_{out},
      arena_{std::make_shared<Arena>()},
      references_{out, *arena_},
      text_{kMaxTextBytes},
      hidden_text_{kMaxHiddenTextBytes},
      title_{kMaxTitleBytes} {
  out_.storage = arena_;
}

State FeatureCollector::add(const Token& token) {
  switch (token.kind) {
    case TokenKind::text:
      text(token.text, token.text_room);
      break;
    case TokenKind::start_tag:
      return start_tag(token);
    case TokenKind::end_tag:
      end_tag(token);
      break;
    case TokenKind::comment:
      ++out_.comments;
      out_.comment_bytes += token.text.size();
      break;
    case TokenKind::doctype:
      out_.has_doctype = out_.has_doctype || !token.doctype->forces_quirks;
      break;
  }
  return State::kData;
}

/// Counts the attributes of any element; what they say of its being seen.
Visibility FeatureCollector::read_attributes(const Token& token, TagId tag) noexcept {
  out_.attributes += static_cast<std::uint32_t>(token.attributes.size()) + token.dropped_attributes;
  std::string_view style;
  bool is_hidden = false;
  for (const Attribute& attribute : token.attributes) {
    const std::string_view name = attribute.name;
    if (name[0] == 'o' && name.size() > 2 && name[1] == 'n') ++out_.event_handlers;
    if (name[0] == 'h' && name == "hidden") is_hidden = true;
    if (name[0] == 's' && name == "style") {
      ++out_.style_attributes;
      style = attribute.value;
    }
  }
  Visibility visibility;
  if (!style.empty() || has(tag, kIsSized)) visibility = visibility_of(token, tag, style);
  visibility.is_hidden = visibility.is_hidden || is_hidden;
  if (visibility.is_hidden) ++out_.hidden_elements;
  return visibility;
}

State FeatureCollector::start_tag(const Token& token) {
  const auto tag = static_cast<TagId>(tag_index(token.text));
  if (reads_ != Text::page) end_text();
  ++out_.tags[tag];
  ++out_.tags_total;
  last_tags_ = (last_tags_ << 8U | tag) & 0xFFFFFFU;
  structure_.add(mix(last_tags_ + 1));
  Visibility visibility;
  if (!token.attributes.empty()) visibility = read_attributes(token, tag);
  const bool is_element_hidden = visibility.is_hidden;
  visibility.is_hidden = visibility.is_hidden || model_.is_hidden();
  if (!has(tag, kIsInline) || tag == kLink) end_run();
  if (has(tag, kHasReferences)) references_.start(token, tag, visibility);
  if (!has(tag, kIsInline)) text_.separate();
  if (has(tag, kIsHeading)) start_heading(tag);
  const State state = model_.start(token, tag, is_element_hidden);
  out_.max_depth = std::max(out_.max_depth, model_.depth());
  if (tag == kScript) reads_ = Text::script;
  if (tag == kStyle) reads_ = Text::style;
  if (tag == kTitle) reads_ = Text::title;
  if (state == State::kRawtext && reads_ == Text::page && tag != tag_id("xmp")) {
    reads_ = Text::other;
  }
  return state;
}

void FeatureCollector::end_tag(const Token& token) {
  const auto tag = static_cast<TagId>(tag_index(token.text));
  if (reads_ != Text::page) end_text();
  if (!has(tag, kIsInline) || tag == kLink) end_run();
  model_.end(token.text, tag);
  if (!has(tag, kIsInline)) text_.separate();
  if (tag == kLink) references_.end_link();
  if (tag == tag_id("html") || tag == tag_id("body")) out_.has_end = true;
  if (has(tag, kIsHeading)) end_heading();
  if (tag == tag_id("form")) references_.end_form();
}

/// The element whose text was read in another way is over.
void FeatureCollector::end_text() {
  if (reads_ == Text::script) references_.end_script();
  if (reads_ == Text::title) has_title_ = has_title_ || title_.words() > 0;
  reads_ = Text::page;
}

/// What came since the last run is one, if it is more than white space.
void FeatureCollector::end_run() {
  const std::size_t begin = std::exchange(run_begin_, text_.mark());
  if (run_begin_ <= begin + 1 || out_.text_runs.size() >= kMaxTextRuns) return;
  if (out_.text_runs.empty()) out_.text_runs.reserve(512);
  out_.text_runs.push_back({.begin = static_cast<std::uint32_t>(begin),
                            .size = static_cast<std::uint32_t>(run_begin_ - begin),
                            .is_hidden = model_.is_hidden(),
                            .is_heading = heading_level_ != 0});
  references_.end_run(out_.text_runs.size() - 1);
}

void FeatureCollector::text(std::string_view text, const char* room) {
  switch (reads_) {
    case Text::script:
      references_.script_text(text);
      return;
    case Text::style:
      out_.inline_style_bytes += text.size();
      return;
    case Text::title:
      if (!has_title_) title_.add(text);
      return;
    case Text::other:
      return;
    case Text::page:
      break;
  }
  if (model_.is_unseen() || text == std::string_view{"\0", 1}) return;
  text_.add(text, room);
  if (model_.is_hidden()) hidden_text_.add(text, room);
}

void FeatureCollector::start_heading(TagId tag) noexcept {
  heading_level_ = static_cast<std::uint8_t>(kTagNames[tag].back() - '0');
  heading_begin_ = text_.mark();
}

void FeatureCollector::end_heading() {
  const std::uint8_t level = std::exchange(heading_level_, std::uint8_t{0});
  if (level == 0 || out_.headings.size() >= kMaxHeadings) return;
  const std::string_view folded = trimmed(text_.since(heading_begin_));
  out_.headings.push_back(
      {.level = level, .text = arena_->copy(utf8_prefix(folded, kMaxHeadingBytes))});
}

void FeatureCollector::finish() {
  if (reads_ != Text::page) end_text();
  end_run();
  out_.distinct_tags = static_cast<std::uint32_t>(
      std::ranges::count_if(out_.tags, [](std::uint32_t count) { return count > 0; }));
  out_.text_bytes = text_.bytes();
  out_.words = text_.words();
  out_.text = text_.text();
  out_.hidden_text_bytes = hidden_text_.bytes();
  out_.hidden_text = hidden_text_.text();
  out_.title = title_.text();
  out_.structure_simhash = structure_.value();
  out_.text_simhash = simhash_of_words(out_.text);
  out_.is_present = true;
}

}  // namespace webmon::html

#include "lib/html/source_cutter.hpp"

#include <algorithm>

#include "lib/html/chars.hpp"
#include "lib/html/content_model.hpp"
#include "lib/html/extract.hpp"
#include "lib/html/tokenizer.hpp"

namespace webmon::html {
namespace {

/// The same with every line ending as "\n", each byte in its place.
std::string with_plain_lines(std::string_view text) {
  std::string plain{text};
  std::ranges::replace(plain, '\r', '\n');
  return plain;
}

/// One attribute in the source of a start tag: WHATWG HTML §13.2.5.32 to .39.
struct AttributeRange {
  std::size_t begin, name_end, end;
};

/// The one that begins behind `at`, which is behind the tag's name or another attribute; at the
/// tag's end an empty one.
AttributeRange next_attribute(std::string_view text, std::size_t at) noexcept {
  const auto here = [&](std::size_t p) { return p < text.size() ? text[p] : '>'; };
  while (is_space(here(at)) || here(at) == '/') ++at;
  AttributeRange range{at, at, at};
  if (here(at) == '>') return range;
  do ++at;
  while (!ends_name(here(at)) && here(at) != '=');
  range.name_end = range.end = at;
  while (is_space(here(at))) ++at;
  if (here(at) != '=') return range;
  ++at;
  while (is_space(here(at))) ++at;
  if (const char quote = here(at); quote == '"' || quote == '\'') {
    at = std::min(text.find(quote, at + 1), text.size() - 1) + 1;
  } else {
    while (!is_space(here(at)) && here(at) != '>') ++at;
  }
  range.end = at;
  return range;
}

class SourceCutter {
 public:
  SourceCutter(std::string_view text, const CutRules& rules, Ignored& ignored)
      : text_{text}, plain_{with_plain_lines(text)}, rules_{rules}, ignored_{ignored} {
    out_.reserve(text.size());
    model_.keep_marks(marks_);
  }

  std::string run() {
    tokenizer_.feed(plain_);
    read();
    tokenizer_.finish();
    read();
    ignored_.is_cut = ignored_.is_cut || tokenizer_.is_cut();
    is_inside_ ? drop(text_.size()) : keep(text_.size());
    return std::move(out_);
  }

 private:
  void keep(std::size_t end) {
    out_ += text_.substr(at_, end - at_);
    at_ = end;
  }
  void drop(std::size_t end) {
    ignored_.bytes += end - at_;
    at_ = end;
  }

  void read() {
    Token token;
    while (tokenizer_.next(token)) {
      const std::size_t end = tokenizer_.end_offset();
      State state = State::kData;
      if (token.kind == TokenKind::start_tag) {
        state = start_tag(token, end);
      } else if (token.kind == TokenKind::end_tag) {
        end_tag(token, end);
      } else {
        is_inside_ ? drop(end) : keep(end);
      }
      if (state != State::kData) tokenizer_.switch_to(state, token.text);
      if (token.kind != TokenKind::text) tokenizer_.allow_cdata(model_.allows_cdata());
    }
  }

  State start_tag(const Token& token, std::size_t end) {
    const auto tag = static_cast<TagId>(tag_index(token.text));
    const State state = model_.start(token, tag, false);
    find_ignored();
    const bool is_open = !marks_.empty() && marks_.back().is_new;
    ElementMark own;
    const std::uint32_t lists = rules_.selectors.match(token, parent(is_open), own);
    if (is_open) marks_.back() = own;
    // What is open beyond the model's bound has no mark, and so no end that could be found.
    const bool is_alone =
        !is_open && model_.depth() == marks_.size() && (has(tag, kIsVoid) || token.is_self_closing);
    if (is_inside_) {
      drop(end);
    } else if ((lists & rules_.elements) != 0 && (is_open || is_alone)) {
      ignore_element(lists & rules_.elements, tag, is_open);
      keep(tokenizer_.tag_offset());
      drop(end);
    } else {
      cut_attributes(token, lists, end);
      keep(end);
    }
    return state;
  }

  const ElementMark& parent(bool is_open) const noexcept {
    static const ElementMark kNothing{.is_new = false};
    const std::size_t around = marks_.size() - (is_open ? 1 : 0);
    return around == 0 ? kNothing : marks_[around - 1];
  }

  void ignore_element(std::uint32_t lists, TagId tag, bool is_open) {
    ++ignored_.elements;
    for (std::size_t i = 0; i < ignored_.counts.size(); ++i) ignored_.counts[i] += lists >> i & 1U;
    if (!is_open) return;
    marks_.back().is_ignored = true;
    ignored_at_ = marks_.size() - 1;
    ignored_tag_ = tag;
    is_inside_ = true;
  }

  void end_tag(const Token& token, std::size_t end) {
    const auto tag = static_cast<TagId>(tag_index(token.text));
    const bool was_inside = is_inside_;
    const std::size_t index = ignored_at_;
    model_.end(token.text, tag);
    find_ignored();
    // The end of what is around the ignored element stays, wherever it is written.
    const bool ends_other =
        is_inside_ ? ignored_at_ < index || ends_page(tag) : marks_.size() < index;
    !was_inside || ends_other ? keep(end) : drop(end);
  }

  /// </body> and </html> change nothing of what is open, but they say that the page is complete.
  bool ends_page(TagId tag) const noexcept {
    constexpr TagId kBody = tag_id("body");
    constexpr TagId kHtml = tag_id("html");
    return (tag == kBody && ignored_tag_ != kBody && ignored_tag_ != kHtml) ||
           (tag == kHtml && ignored_tag_ != kHtml);
  }

  /// After a change of what is open: one further out may be where it was if one around it ended
  /// alone.
  void find_ignored() noexcept {
    if (!is_inside_) return;
    const auto is_at = [&](std::size_t i) { return i < marks_.size() && marks_[i].is_ignored; };
    if (is_at(ignored_at_)) return;
    is_inside_ = ignored_at_ > 0 && is_at(ignored_at_ - 1);
    if (is_inside_) --ignored_at_;
  }

  /// Up to the last one that goes.
  void cut_attributes(const Token& token, std::uint32_t lists, std::size_t end) {
    if (!std::ranges::any_of(rules_.attributes, [&](const CutRules::AttributeRule& rule) {
          return acts(rule, lists) &&
                 (token.dropped_attributes > 0 || find_attribute(token, rule.name) != nullptr);
        }))
      return;
    const auto source = std::string_view{plain_}.substr(0, end);
    std::size_t at = tokenizer_.tag_offset() + 1;
    while (!ends_name(source[at])) ++at;
    for (auto range = next_attribute(source, at); range.begin < range.end;
         range = next_attribute(source, range.end)) {
      if (!count_attribute(source.substr(range.begin, range.name_end - range.begin), lists))
        continue;
      std::size_t begin = range.begin;
      if (range.end == end || is_space(source[range.end]) || source[range.end] == '>')
        while (begin > at_ && is_space(source[begin - 1])) --begin;
      keep(begin);
      drop(range.end);
    }
  }

  static bool acts(const CutRules::AttributeRule& rule, std::uint32_t lists) noexcept {
    return rule.is_of_all || (lists >> rule.list & 1U) != 0;
  }

  /// False: it stays.
  bool count_attribute(std::string_view name, std::uint32_t lists) {
    bool goes = false;
    for (const auto& rule : rules_.attributes) {
      if (!acts(rule, lists) || !equals_ignoring_case(name, rule.name)) continue;
      ++ignored_.counts[rule.list];
      goes = true;
    }
    ignored_.attributes += goes ? 1 : 0;
    return goes;
  }

  std::string_view text_;
  std::string plain_;
  const CutRules& rules_;
  Ignored& ignored_;
  Tokenizer tokenizer_{{.tokens = kMaxHtmlTokens,
                        .attributes = kMaxAttributesPerTag,
                        .attribute_value_bytes = kMaxAttributeBytes}};
  ContentModel model_;
  std::vector<ElementMark> marks_;
  std::string out_;
  std::size_t at_ = 0;          ///< what is before it is kept or dropped
  std::size_t ignored_at_ = 0;  ///< in `marks_`, if is_inside_
  TagId ignored_tag_ = 0;
  bool is_inside_ = false;
};

}  // namespace

std::string cut_source(std::string_view text, const CutRules& rules, Ignored& ignored) {
  return SourceCutter{text, rules, ignored}.run();
}

}  // namespace webmon::html

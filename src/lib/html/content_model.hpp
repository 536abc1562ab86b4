/// Which elements are open, as far as it matters to a reader that builds no tree: how the text
/// behind a start tag is to be read, whether text is seen, how deep elements nest. A small
/// simulation of WHATWG HTML §13.2.6 (docs/adr/0007 says why).
///
/// Like the standard: <title> and <textarea> are RCDATA; <style>, <xmp>, <iframe>, <noembed>,
/// <noframes> RAWTEXT; <script> script data; <plaintext> has no end; <noscript> is markup, as
/// scripting is off. Inside <svg> and <math> none of these is anything special, "/>" closes, CDATA
/// is allowed, and HTML goes on in their integration points and behind elements that break out.
/// Implied ends of <p>, <li>, <dt>, <dd>, <option>, headings, table parts, ruby parts, <head>;
/// elements without end tag; end tags without element.
///
/// Different from a full tree:
///   - no element is implied: a page without <html>, <body>, <tbody> has none, and is less deep;
///   - nothing is moved: content of a <table> outside its cells stays where it is written, and
///     misnested formatting elements are closed, not opened again behind the block;
///   - start tags that a tree builder drops change nothing but are tokens and counted as such:
///     a second <body>, <tr> outside a table, tags in a <select> or <frameset>;
///   - so a <style> or <title> that a tree builder would drop (in a <select> or a <frameset>) still
///     switches how text is read;
///   - content of <template> counts like any other; <image> stays <image>;
///   - beyond 512 open elements, end tags close whatever is innermost.
/// Pure. No recursion. Memory: 4 KiB.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/html/state.hpp"
#include "lib/html/tag_traits.hpp"
#include "lib/html/token.hpp"

namespace webmon::html {

/// What somebody keeps of an open element (ContentModel::keep_marks).
struct ElementMark {
  std::uint64_t matched = 0;  ///< steps of selectors (selector.hpp), a bit each
  std::uint64_t around = 0;   ///< the same, of it and all elements around it
  bool is_new = true;         ///< until somebody writes it
  bool is_ignored = false;
};

class ContentModel {
 public:
  ContentModel() { open_.reserve(64); }

  /// Takes a start tag; `is_hidden`: so are this element's contents. Returns the state in which the
  /// tokenizer has to read on: kData for "as before".
  State start(const Token& token, TagId tag, bool is_hidden);
  /// Takes an end tag.
  void end(std::string_view name, TagId tag);

  /// From now on `marks`, which must outlive the model, has an element for each open one, but for
  /// those beyond 512, the outermost first.
  void keep_marks(std::vector<ElementMark>& marks) noexcept { marks_ = &marks; }

  /// Elements that are open now.
  std::uint32_t depth() const noexcept {
    return static_cast<std::uint32_t>(open_.size()) + beyond_;
  }
  /// Text here is not seen: it is in a <noscript>, <template>, …
  bool is_unseen() const noexcept { return unseen_ > 0; }
  /// Text here is in an element that is hidden.
  bool is_hidden() const noexcept { return hidden_ > 0; }
  /// "<![CDATA[" begins a section here.
  bool allows_cdata() const noexcept { return !open_.empty() && open_.back().is_foreign; }

 private:
  struct Element {
    std::uint32_t key;  ///< TagId, or a hash of the name of what has none
    TagId tag;
    bool is_foreign = false;  ///< SVG or MathML
    bool is_svg = false;
    bool is_integration_point = false;  ///< HTML goes on inside
    bool is_hidden = false;
  };
  static constexpr std::size_t kMaxOpen = 512;
  static constexpr std::size_t kNone = SIZE_MAX;

  bool is_top(TagId tag) const noexcept { return !open_.empty() && open_.back().tag == tag; }
  bool is_open(TagId tag) const noexcept { return count_[tag] > 0; }
  bool reads_foreign() const noexcept {
    return allows_cdata() && !open_.back().is_integration_point;
  }
  void push(const Element& element);
  void pop() noexcept;
  void pop_to(std::size_t index) noexcept {
    while (open_.size() > index) pop();
  }
  void erase(std::size_t index) noexcept;
  void erase_mark(std::size_t index) noexcept;

  void start_foreign(const Token& token, TagId tag, bool is_hidden);
  bool end_others(TagId tag);
  bool begin_table_part(TagId tag);
  void end_p();
  void end_item(TagId one, TagId other);
  void end_if_top(std::initializer_list<TagId> tags);
  void end_heading();
  void end_one(std::size_t index, TagId tag) noexcept;
  std::size_t find(std::uint32_t key, TagId tag) const noexcept;

  std::vector<Element> open_;
  std::array<std::uint16_t, kTagNames.size() + 1> count_{};  ///< of open elements
  std::uint32_t unseen_ = 0;
  std::uint32_t hidden_ = 0;
  std::uint32_t beyond_ = 0;  ///< open, but not in open_
  std::vector<ElementMark>* marks_ = nullptr;
};

}  // namespace webmon::html

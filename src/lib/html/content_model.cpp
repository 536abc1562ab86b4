#include "lib/html/content_model.hpp"

#include <string_view>

#include "lib/html/chars.hpp"

namespace webmon::html {
namespace {

constexpr TagId kA = tag_id("a");
constexpr TagId kP = tag_id("p");
constexpr TagId kTable = tag_id("table");
constexpr TagId kTemplate = tag_id("template");
constexpr TagId kSvg = tag_id("svg");
constexpr TagId kMath = tag_id("math");
constexpr TagId kOther = static_cast<TagId>(kOtherTag);

/// FNV-1a, with a bit that no TagId has.
std::uint32_t key_of(TagId tag, std::string_view name) noexcept {
  if (tag != kOther) return tag;
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash | 0x80000000U;
}

bool breaks_out(const Token& token, TagId tag) noexcept {
  if (tag != tag_id("font")) return has(tag, kBreaksOut);
  return find_attribute(token, "color") != nullptr || find_attribute(token, "face") != nullptr ||
         find_attribute(token, "size") != nullptr;
}

/// WHATWG HTML §13.2.6.5 "HTML integration point", "MathML text integration point".
bool is_integration_point(const Token& token, bool is_svg) noexcept {
  const std::string_view name = token.text;
  if (is_svg) return name == "foreignobject" || name == "desc" || name == "title";
  if (name == "annotation-xml") {
    const std::string_view* encoding = find_attribute(token, "encoding");
    return encoding != nullptr && (equals_ignoring_case(*encoding, "text/html") ||
                                   equals_ignoring_case(*encoding, "application/xhtml+xml"));
  }
  return name == "mi" || name == "mo" || name == "mn" || name == "ms" || name == "mtext";
}

State text_state(TagId tag) noexcept {
  if (has(tag, kIsRcdata)) return State::kRcdata;
  if (has(tag, kIsRawtext)) return State::kRawtext;
  if (tag == tag_id("script")) return State::kScriptData;
  return tag == tag_id("plaintext") ? State::kPlaintext : State::kData;
}

/// Rows, cells and groups end only what is inside their table.
bool ends_search(TagId open, TagId tag) noexcept {
  if (tag == kTable || has(tag, kIsTablePart)) {
    return open == kTemplate || (open == kTable && tag != kTable);
  }
  return has(open, kIsScope) && open != tag;
}

}  // namespace

void ContentModel::push(const Element& element) {
  if (open_.size() == kMaxOpen) {
    ++beyond_;
    return;
  }
  open_.push_back(element);
  if (marks_ != nullptr) marks_->emplace_back();
  ++count_[element.tag];
  if (has(element.tag, kIsUnseen)) ++unseen_;
  if (element.is_hidden) ++hidden_;
}

void ContentModel::erase_mark(std::size_t index) noexcept {
  auto& marks = *marks_;
  marks.erase(marks.begin() + static_cast<std::ptrdiff_t>(index));
  for (std::size_t i = index; i < marks.size(); ++i)
    marks[i].around = marks[i].matched | (i == 0 ? 0 : marks[i - 1].around);
}

void ContentModel::pop() noexcept { erase(open_.size() - 1); }

void ContentModel::erase(std::size_t index) noexcept {
  const Element& element = open_[index];
  --count_[element.tag];
  if (has(element.tag, kIsUnseen)) --unseen_;
  if (element.is_hidden) --hidden_;
  open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(index));
  if (marks_ != nullptr) erase_mark(index);
}

State ContentModel::start(const Token& token, TagId tag, bool is_hidden) {
  if (reads_foreign()) {
    if (!breaks_out(token, tag)) {
      start_foreign(token, tag, is_hidden);
      return State::kData;
    }
    while (reads_foreign()) pop();
  }
  if (is_top(tag_id("head")) && !has(tag, kIsHeadContent)) pop();
  if (has(tag, kClosesP) && is_open(kP)) end_p();
  if (has(tag, kEndsOthers) && !end_others(tag)) return State::kData;
  if (has(tag, kIsVoid)) return State::kData;
  const bool is_foreign = tag == kSvg || tag == kMath;
  if (is_foreign && token.is_self_closing) return State::kData;
  push({.key = key_of(tag, token.text),
        .tag = tag,
        .is_foreign = is_foreign,
        .is_svg = tag == kSvg,
        .is_hidden = is_hidden});
  return text_state(tag);
}

void ContentModel::start_foreign(const Token& token, TagId tag, bool is_hidden) {
  if (token.is_self_closing) return;
  const bool is_svg = tag == kSvg || (tag != kMath && open_.back().is_svg);
  push({.key = key_of(tag, token.text),
        .tag = tag,
        .is_foreign = true,
        .is_svg = is_svg,
        .is_integration_point = is_integration_point(token, is_svg),
        .is_hidden = is_hidden});
}

/// What the start of `tag` ends beside <p>. False: it opens nothing.
bool ContentModel::end_others(TagId tag) {
  if (has(tag, kIsTablePart)) return begin_table_part(tag);
  switch (tag) {
    case kA:
    case tag_id("button"):
      if (is_open(tag)) end_one(find(tag, tag), tag);
      return true;
    case tag_id("li"):
      end_item(tag, tag);
      return true;
    case tag_id("dd"):
    case tag_id("dt"):
      end_item(tag_id("dd"), tag_id("dt"));
      return true;
    case tag_id("option"):
      end_if_top({tag});
      return true;
    case tag_id("optgroup"):
      end_if_top({tag_id("option")});
      end_if_top({tag});
      return true;
    case tag_id("rb"):
    case tag_id("rp"):
    case tag_id("rt"):
    case tag_id("rtc"):
      end_if_top({tag_id("rb"), tag_id("rp"), tag_id("rt")});
      return true;
    case tag_id("body"):
    case tag_id("form"):
    case tag_id("head"):
    case tag_id("html"):
      return !is_open(tag);
    default:
      if (!open_.empty() && has(open_.back().tag, kIsHeading)) pop();
      return true;
  }
}

/// WHATWG HTML §13.2.6.4.9 and following: "clear the stack back to a table context".
bool ContentModel::begin_table_part(TagId tag) {
  if (!is_open(kTable) && !is_open(kTemplate)) return false;
  const bool is_cell = tag == tag_id("td") || tag == tag_id("th");
  const bool is_row = tag == tag_id("tr");
  const auto may_hold = [&](TagId open) {
    if (open == kTable || open == kTemplate) return true;
    if (open == tag_id("colgroup")) return tag == tag_id("col");
    const bool is_group =
        open == tag_id("tbody") || open == tag_id("thead") || open == tag_id("tfoot");
    return (is_group && (is_row || is_cell)) || (is_cell && open == tag_id("tr"));
  };
  while (!open_.empty() && !may_hold(open_.back().tag)) pop();
  return true;
}

/// "Close a p element", if there is one in button scope.
void ContentModel::end_p() {
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (open_[i].tag == kP) return pop_to(i);
    if (has(open_[i].tag, kIsScope) || open_[i].is_foreign) return;
  }
}

void ContentModel::end_item(TagId one, TagId other) {
  if (!is_open(one) && !is_open(other)) return;
  for (std::size_t i = open_.size(); i-- > 0;) {
    const TagId tag = open_[i].tag;
    if (tag == one || tag == other) return pop_to(i);
    const bool is_passable = tag == tag_id("address") || tag == tag_id("div") || tag == kP;
    if (has(tag, kIsSpecial) && !is_passable) return;
  }
}

void ContentModel::end_if_top(std::initializer_list<TagId> tags) {
  for (const TagId tag : tags) {
    if (is_top(tag)) return pop();
  }
}

/// The innermost open element of that name that an end tag would reach.
std::size_t ContentModel::find(std::uint32_t key, TagId tag) const noexcept {
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (open_[i].key == key) return i;
    if (!open_[i].is_foreign && ends_search(open_[i].tag, tag)) break;
  }
  return kNone;
}

/// Ends the element at `index`, and what is open in it; a formatting element ends alone if there is
/// a block in it.
void ContentModel::end_one(std::size_t index, TagId tag) noexcept {
  if (index == kNone) return;
  bool holds_block = false;
  for (std::size_t i = index + 1; i < open_.size(); ++i) {
    holds_block = holds_block || has(open_[i].tag, kIsSpecial);
  }
  if (holds_block && !has(tag, kIsSpecial)) return erase(index);
  pop_to(index);
}

void ContentModel::end_heading() {
  for (std::size_t i = open_.size(); i-- > 0;) {
    if (has(open_[i].tag, kIsHeading)) return pop_to(i);
    if (has(open_[i].tag, kIsScope)) return;
  }
}

void ContentModel::end(std::string_view name, TagId tag) {
  if (beyond_ > 0) {
    --beyond_;
    return;
  }
  while ((tag == kP || tag == tag_id("br")) && reads_foreign()) pop();
  if (open_.empty() || has(tag, kIsVoid)) return;
  const std::uint32_t key = key_of(tag, name);
  if (open_.back().key == key) {  // nearly always
    if (tag != tag_id("body") && tag != tag_id("html")) pop();
    return;
  }
  if (tag == tag_id("body") || tag == tag_id("html")) return;  // what follows is still in them
  if (has(tag, kIsHeading)) return end_heading();
  if (is_open(tag)) end_one(find(key, tag), tag);
}

}  // namespace webmon::html

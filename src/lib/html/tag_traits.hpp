/// What HTML says of its elements, as far as a reader needs it that builds no tree. Pure.
/// Source: WHATWG HTML §13.1.2, §13.2.4.2, §13.2.6, §15.3.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "lib/core/page_features.hpp"

namespace webmon::html {

/// Index into kTagNames, kOtherTag for what is not there.
using TagId = std::uint8_t;
static_assert(kOtherTag < 255);

consteval TagId tag_id(std::string_view name) {
  const auto* const at = std::ranges::find(kTagNames, name);
  if (at == kTagNames.end()) throw "no such element";
  return static_cast<TagId>(at - kTagNames.begin());
}

enum Trait : std::uint32_t {
  kIsVoid = 1U << 0U,         ///< has no content and no end tag
  kIsUnseen = 1U << 1U,       ///< nobody sees its text
  kIsInline = 1U << 2U,       ///< does not break a word; every other element does
  kClosesP = 1U << 3U,        ///< ends an open <p>
  kIsScope = 1U << 4U,        ///< what is open around it stays open: "in scope"
  kIsSpecial = 1U << 5U,      ///< the standard's category "special"
  kIsHeadContent = 1U << 6U,  ///< may stand in <head>
  kBreaksOut = 1U << 7U,      ///< ends SVG and MathML
  kIsHeading = 1U << 8U,
  kIsRcdata = 1U << 9U,    ///< text without tags
  kIsRawtext = 1U << 10U,  ///< text without tags and character references
  kIsTablePart = 1U << 11U,
  kHasReferences = 1U << 12U,  ///< its attributes are kept (reference_collector.hpp)
  kEndsOthers = 1U << 13U,     ///< its start ends others than <p>, or is ignored at times
  kIsSized =
      1U << 14U,  ///< a pixel of it is worth telling: images, and frames, which then are hidden
};

using TraitTable = std::array<std::uint32_t, kTagNames.size() + 1>;
extern const TraitTable kTraits;

inline bool has(TagId tag, Trait trait) noexcept { return (kTraits[tag] & trait) != 0; }

}  // namespace webmon::html

#include "lib/html/tag_traits.hpp"

namespace webmon::html {
namespace {

struct TraitRow {
  Trait trait;
  std::string_view names;  ///< one space between two
};

constexpr TraitRow kTraitRows[] = {
    {kIsVoid,
     "area base basefont bgsound br col embed frame hr img input keygen link meta param source "
     "track wbr"},
    {kIsUnseen, "noscript script style template title iframe noembed noframes"},
    {kIsInline,
     "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q s samp "
     "small "
     "span strike strong sub sup time tt u var wbr"},
    {kClosesP,
     "address article aside blockquote center dd details dialog dir div dl dt fieldset figcaption "
     "figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p "
     "plaintext "
     "pre search section summary table ul xmp"},
    {kIsScope, "applet button caption html marquee object table td template th"},
    {kIsSpecial,
     "address applet area article aside base basefont bgsound blockquote body br button caption "
     "center col colgroup dd details dir div dl dt embed fieldset figcaption figure footer form "
     "frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img input keygen li link "
     "listing main marquee menu meta nav noembed noframes noscript object ol p param plaintext pre "
     "script search section select source style summary table tbody td template textarea tfoot th "
     "thead title tr track ul wbr xmp"},
    {kIsHeadContent,
     "base basefont bgsound link meta noframes noscript script style template title head"},
    {kBreaksOut,
     "b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img "
     "li "
     "listing menu meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var"},
    {kIsHeading, "h1 h2 h3 h4 h5 h6"},
    {kIsRcdata, "title textarea"},
    {kIsRawtext, "style xmp iframe noembed noframes"},
    {kIsTablePart, "caption col colgroup tbody td tfoot th thead tr"},
    {kHasReferences,
     "a applet area audio base button embed form frame html iframe img input link meta object "
     "script "
     "select source textarea track video"},
    {kIsSized, "embed frame iframe img object"},
    {kEndsOthers,
     "a body button caption col colgroup dd dt form h1 h2 h3 h4 h5 h6 head html li optgroup option "
     "rb rp rt rtc tbody td tfoot th thead tr"},
};

constexpr TraitTable make_traits() {
  TraitTable table{};
  for (const TraitRow& row : kTraitRows) {
    std::string_view rest = row.names;
    while (!rest.empty()) {
      const std::size_t size = std::min(rest.find(' '), rest.size());
      const auto* const at = std::ranges::find(kTagNames, rest.substr(0, size));
      if (at == kTagNames.end()) throw "no such element";
      table[static_cast<std::size_t>(at - kTagNames.begin())] |= row.trait;
      rest.remove_prefix(std::min(size + 1, rest.size()));
    }
  }
  return table;
}

}  // namespace

constexpr TraitTable kTraits = make_traits();

}  // namespace webmon::html

/// Takes elements and attributes out of the source of a page. Pure. No recursion; memory: the
/// source twice, and what is open.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/page.hpp"
#include "lib/html/selector.hpp"

namespace webmon::html {

struct CutRules {
  struct AttributeRule {
    std::string name;        ///< in lower case
    unsigned list = 0;       ///< of `selectors`, and the place of its count
    bool is_of_all = false;  ///< whatever `selectors` say
  };
  SelectorSet selectors;
  std::uint32_t elements = 0;  ///< the lists whose elements go, a bit each
  std::vector<AttributeRule> attributes;

  bool is_empty() const noexcept { return elements == 0 && attributes.empty(); }
};

/// `text` (UTF-8) without what `rules` name. Adds to `counts`, which have a place for each list,
/// `elements`, `attributes` and `bytes` of `ignored`; sets `is_cut` if the limit of tokens
/// (extract.hpp) ended it early: then the rest stays.
std::string cut_source(std::string_view text, const CutRules& rules, Ignored& ignored);

}  // namespace webmon::html

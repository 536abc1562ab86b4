/// CSS selectors, as far as they can be matched in one pass without a tree: types, `*`, #id,
/// .class, [attribute] with = ^= $= *= ~= |= and the flag i, joined by descendant and child
/// combinators, in lists. All else is refused. Pure.
/// Source: Selectors Level 4 (§3.1, §4.1, §5, §6, §15), CSS Syntax Level 3 §4.3.7 (escapes).
///
/// Types and names of attributes are compared without case, as in HTML; ids and classes with it, as
/// in a page that has no quirks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/core/result.hpp"
#include "lib/html/content_model.hpp"
#include "lib/html/token.hpp"

namespace webmon::html {

struct AttributeTest {
  enum class Kind : std::uint8_t { present, equals, begins, ends, contains, has_word, has_prefix };
  Kind kind = Kind::present;
  std::string name;  ///< in lower case
  std::string value;
  bool ignores_case = false;
};

/// What one element must be: "div.ad[title]".
struct Compound {
  std::string type;  ///< in lower case; empty: any
  std::vector<AttributeTest> tests;
};
bool matches(const Compound& compound, const Token& tag);

struct SelectorStep {
  Compound compound;
  bool is_child = false;  ///< directly inside what the step before matches, else anywhere inside
};
using Selector = std::vector<SelectorStep>;  ///< never empty

/// Errors: bad_input, with what cannot be read and what could.
Result<std::vector<Selector>> parse_selectors(std::string_view text);

/// Up to 32 lists of selectors, matched together.
class SelectorSet {
 public:
  static constexpr std::size_t kMostCompounds = 256;
  static constexpr unsigned kMostCombinators = 64;

  /// `list` is 0 to 31. Errors: bad_input, also beyond the bounds; then nothing is added.
  Result<void> add(std::string_view text, unsigned list);
  /// The lists that select the element `tag`, a bit each. `parent` is the mark of the element that
  /// it is in; `own` becomes its own.
  std::uint32_t match(const Token& tag, const ElementMark& parent, ElementMark& own) const;

 private:
  struct Entry {
    Selector selector;
    unsigned list;
    unsigned first_bit;  ///< of ElementMark, for its first step; the last one has none
  };
  std::vector<Entry> entries_;
  std::size_t compounds_ = 0;
  unsigned combinators_ = 0;
};

}  // namespace webmon::html

#include "lib/html/selector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/html/chars.hpp"

namespace webmon::html {
namespace {

bool is_equal(std::string_view text, std::string_view want, bool ignores_case) noexcept {
  if (!ignores_case) return text == want;
  return std::ranges::equal(text, want, {}, to_lower, to_lower);
}

bool contains(std::string_view text, std::string_view want, bool ignores_case) noexcept {
  if (!ignores_case) return text.find(want) != std::string_view::npos;
  return !std::ranges::search(text, want, {}, to_lower, to_lower).empty() || want.empty();
}

bool has_word(std::string_view text, std::string_view want, bool ignores_case) noexcept {
  const auto is_break = [](char c) { return is_space(c) || c == '\r'; };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !is_break(text[end])) ++end;
    if (end > at && is_equal(text.substr(at, end - at), want, ignores_case)) return true;
    at = end + 1;
  }
  return false;
}

/// Selectors Level 4 §6.1, §6.2: of an empty value "^=", "$=", "*=" and "~=" select nothing.
bool holds(const AttributeTest& test, std::string_view text) noexcept {
  const std::string_view want = test.value;
  const auto is_part = [&](std::string_view part) {
    return is_equal(part, want, test.ignores_case);
  };
  const bool is_possible = !want.empty() && text.size() >= want.size();
  switch (test.kind) {
    case AttributeTest::Kind::present:
      return true;
    case AttributeTest::Kind::equals:
      return is_part(text);
    case AttributeTest::Kind::begins:
      return is_possible && is_part(text.substr(0, want.size()));
    case AttributeTest::Kind::ends:
      return is_possible && is_part(text.substr(text.size() - want.size()));
    case AttributeTest::Kind::contains:
      return is_possible && contains(text, want, test.ignores_case);
    case AttributeTest::Kind::has_word:
      return is_possible && has_word(text, want, test.ignores_case);
    case AttributeTest::Kind::has_prefix:
      return is_part(text) || (text.size() > want.size() && text[want.size()] == '-' &&
                               is_part(text.substr(0, want.size())));
  }
  return false;
}

}  // namespace

bool matches(const Compound& compound, const Token& tag) {
  if (!compound.type.empty() && compound.type != tag.text) return false;
  return std::ranges::all_of(compound.tests, [&](const AttributeTest& test) {
    const auto* value = find_attribute(tag, test.name);
    return value != nullptr && holds(test, *value);
  });
}

Result<void> SelectorSet::add(std::string_view text, unsigned list) {
  auto selectors = parse_selectors(text);
  if (!selectors) return fail(std::move(selectors.error()));
  std::size_t compounds = 0;
  for (const auto& selector : *selectors) compounds += selector.size();
  const auto combinators = static_cast<unsigned>(compounds - selectors->size());
  if (compounds_ + compounds > kMostCompounds || combinators_ + combinators > kMostCombinators)
    return fail(Errc::bad_input,
                fmt::format("all selectors together have more than {} parts or {} combinators",
                            kMostCompounds, kMostCombinators));
  compounds_ += compounds;
  for (auto& selector : *selectors) {
    const auto first_bit = combinators_;
    combinators_ += static_cast<unsigned>(selector.size() - 1);
    entries_.push_back({std::move(selector), list, first_bit});
  }
  return {};
}

std::uint32_t SelectorSet::match(const Token& tag, const ElementMark& parent,
                                 ElementMark& own) const {
  std::uint32_t lists = 0;
  own = {.is_new = false};
  for (const Entry& entry : entries_) {
    const std::size_t last = entry.selector.size() - 1;
    for (std::size_t i = 0; i <= last; ++i) {
      const SelectorStep& step = entry.selector[i];
      const auto bit = entry.first_bit + static_cast<unsigned>(i);
      const std::uint64_t reached = step.is_child ? parent.matched : parent.around;
      if (i > 0 && (reached >> (bit - 1) & 1U) == 0) continue;
      if (!matches(step.compound, tag)) continue;
      if (i == last)
        lists |= 1U << entry.list;
      else
        own.matched |= std::uint64_t{1} << bit;
    }
  }
  own.around = parent.around | own.matched;
  return lists;
}

}  // namespace webmon::html

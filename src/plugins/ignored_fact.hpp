/// What the asset's ignore rules took out of the page, as a fact of the plugins that compare pages.
/// Pure.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "plugins/builder.hpp"

namespace webmon::plugins {

inline constexpr FactSpec kIgnoredFact{
    "ignored", ValueType::object,
    "of an asset with ignore rules, what they took out: rules, elements, attributes, matches, "
    "bytes; idle: the first 20 rules that found nothing; limited: a bound was reached, so that "
    "some of it may be left"};

inline void add_ignored(Report& report, const PluginInput& input) {
  const auto& ignored = input.page.ignored;
  if (!ignored || !input.asset.ignore) return;
  const IgnoreRules& rules = *input.asset.ignore;
  std::vector<std::string> idle;
  for (std::size_t i = 0; i < std::min(rules.size(), ignored->counts.size()); ++i)
    if (ignored->counts[i] == 0) idle.push_back(to_text(rules[i]));
  boost::json::object fact{{"rules", rules.size()},
                           {"elements", ignored->elements},
                           {"attributes", ignored->attributes},
                           {"matches", ignored->matches},
                           {"bytes", ignored->bytes}};
  if (!idle.empty()) fact["idle"] = bounded_list(idle);
  if (ignored->is_cut) fact["limited"] = true;
  report.facts[kIgnoredFact.name] = std::move(fact);
}

}  // namespace webmon::plugins

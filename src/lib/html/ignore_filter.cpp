#include "lib/html/ignore_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/html/charset.hpp"
#include "lib/html/extract.hpp"
#include "lib/html/ignore_regex.hpp"
#include "lib/html/source_cutter.hpp"

namespace webmon {
namespace {

/// Rules that are ready to be applied.
struct ReadyRules {
  html::CutRules cuts;
  std::vector<std::pair<std::size_t, html::IgnoreRegex>> regexes;  ///< with their place in the list
};

Result<void> add_rule(const IgnoreRule& rule, std::size_t place, ReadyRules& ready) {
  const auto refuse = [&](const char* member, const Error& error) {
    return fail(Errc::bad_input, fmt::format("ignore[{}].{}: {}", place, member, error.detail));
  };
  if (!rule.regex.empty()) {
    auto regex = html::IgnoreRegex::compile(rule.regex);
    if (!regex) return refuse("regex", regex.error());
    ready.regexes.emplace_back(place, std::move(*regex));
    return {};
  }
  const auto list = static_cast<unsigned>(place);
  if (!rule.css.empty())
    if (auto added = ready.cuts.selectors.add(rule.css, list); !added)
      return refuse("css", added.error());
  if (rule.attribute.empty())
    ready.cuts.elements |= 1U << list;
  else
    ready.cuts.attributes.push_back({rule.attribute, list, rule.css.empty()});
  return {};
}

/// All that can be read, and why the first of the others cannot.
struct ReadRules {
  ReadyRules ready;
  Result<void> outcome;
};
ReadRules read_rules(std::span<const IgnoreRule> rules) {
  ReadRules read;
  for (std::size_t i = 0; i < std::min(rules.size(), kMostIgnoreRules); ++i)
    if (auto added = add_rule(rules[i], i, read.ready); !added && read.outcome)
      read.outcome = std::move(added);
  return read;
}

void remove_matches(const ReadyRules& ready, Rest& rest) {
  auto left = kMostIgnoredMatches;
  for (const auto& [place, regex] : ready.regexes) {
    const auto removed = regex.remove_from(rest.text, left);
    rest.ignored.counts[place] = removed.matches;
    rest.ignored.matches += removed.matches;
    rest.ignored.bytes += removed.bytes;
    rest.ignored.is_cut = rest.ignored.is_cut || removed.is_cut;
  }
}

}  // namespace

Result<void> check_ignore_rules(std::span<const IgnoreRule> rules) {
  return read_rules(rules).outcome;
}

Rest rest_of_html(std::span<const IgnoreRule> rules, std::string_view body,
                  std::string_view content_type) {
  const auto ready = read_rules(rules).ready;
  Rest rest;
  rest.ignored.counts.resize(rules.size());
  html::Decoded decoded;
  html::decode(body.substr(0, kMaxHtmlBytes), content_type, decoded);
  rest.encoding = decoded.encoding;
  rest.decode_errors = decoded.errors;
  rest.is_cut = body.size() > kMaxHtmlBytes;
  rest.text = ready.cuts.is_empty() ? std::string{decoded.text}
                                    : html::cut_source(decoded.text, ready.cuts, rest.ignored);
  remove_matches(ready, rest);
  // An expression may match a part of a character.
  if (rest.ignored.matches > 0 && !html::is_utf8(rest.text))
    rest.text = html::to_valid_utf8(rest.text);
  return rest;
}

Rest rest_of_text(std::span<const IgnoreRule> rules, std::string_view body) {
  Rest rest;
  rest.ignored.counts.resize(rules.size());
  rest.text = body;
  remove_matches(read_rules(rules).ready, rest);
  return rest;
}

}  // namespace webmon

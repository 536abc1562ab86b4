#include "lib/signatures/scanner.hpp"

#include <yara.h>

#include <algorithm>
#include <new>
#include <stdexcept>

#include "lib/core/clock.hpp"
#include "lib/signatures/library.hpp"

namespace webmon::signatures {
namespace {

constexpr nanoseconds kTimeout = milliseconds{300};
constexpr int kMostLookedAt = 1'000;      // matches of one string, for the excerpt
constexpr std::size_t kLeftOfMatch = 40;  // bytes of an excerpt

std::string excerpt_at(std::string_view text, std::size_t at) {
  const std::size_t line = text.rfind('\n', at) + 1;  // 0 if there is none
  const std::size_t begin = std::max(line, at - std::min(at, kLeftOfMatch));
  const auto excerpt = text.substr(std::min(begin, at), kMostExcerpt);
  const auto end = excerpt.find('\n', at - std::min(begin, at));
  return std::string{excerpt.substr(0, end)};
}

/// What one scan is given and finds.
struct Scan {
  const Document& document;
  ScanResult result;
  bool is_out_of_memory = false;

  void add(YR_SCAN_CONTEXT& context, const YR_RULE& rule);
  std::size_t first_match(YR_SCAN_CONTEXT& context, const YR_RULE& rule) const noexcept;
};

/// Of the first string of the rule that was found, in the part that the rule names; else anywhere;
/// 0 if none was, as the condition asks for none.
std::size_t Scan::first_match(YR_SCAN_CONTEXT& context, const YR_RULE& rule) const noexcept {
  const auto wanted = meta_text(rule, "where");
  const auto& text = document.text();
  std::size_t elsewhere = 0;
  const YR_RULE* one = &rule;  // the macro wants a name
  const YR_STRING* string = nullptr;
  yr_rule_strings_foreach(one, string) {
    int left = kMostLookedAt;
    for (const auto* match = context.matches[string->idx].head; match != nullptr && left > 0;
         match = match->next, --left) {
      auto at = static_cast<std::size_t>(match->base + match->offset);
      if (text[at] == '\n' && match->match_length > 1) ++at;  // of a rule about whole lines
      if (wanted.empty() || kPartNames[static_cast<std::size_t>(document.part_of(at))] == wanted)
        return at;
      if (elsewhere == 0) elsewhere = at;
    }
  }
  return elsewhere;
}

void Scan::add(YR_SCAN_CONTEXT& context, const YR_RULE& rule) {
  if (result.hits.size() == kMostHits) return;
  const auto at = first_match(context, rule);
  const auto family = meta_text(rule, "family");
  const YR_META* weight = find_meta(rule, "weight");
  result.hits.push_back(
      {.rule = rule.identifier,
       .family = family.empty() ? "own" : family,
       .description = meta_text(rule, "description"),
       .weight = weight == nullptr ? kPresetWeight : static_cast<int>(weight->integer),
       .where = document.part_of(at),
       .excerpt = excerpt_at(document.text(), at)});
}

int on_message(YR_SCAN_CONTEXT* context, int message, void* data, void* user) noexcept {
  auto& scan = *static_cast<Scan*>(user);
  try {
    if (message == CALLBACK_MSG_RULE_MATCHING)
      scan.add(*context, *static_cast<const YR_RULE*>(data));
    if (message == CALLBACK_MSG_TOO_MANY_MATCHES)
      scan.result.gap = yara_error(ERROR_TOO_MANY_MATCHES);
  } catch (const std::bad_alloc&) {
    scan.is_out_of_memory = true;
    return CALLBACK_ERROR;
  }
  return CALLBACK_CONTINUE;
}

void require(int code) {
  if (code == ERROR_SUCCESS) return;
  if (code == ERROR_INSUFFICIENT_MEMORY) throw std::bad_alloc{};
  throw std::logic_error{"libyara refuses a variable or a scanner"};
}

}  // namespace

Scanner::Scanner(std::shared_ptr<const Rules> rules) : rules_{std::move(rules)} {
  require(yr_scanner_create(rules_->get(), &scanner_));
  scanner_->timeout = static_cast<std::uint64_t>(kTimeout.count());  // its setter takes seconds
  // A fault while it reads is a crash, which the process' own handler tells of. Without
  // SCAN_FLAGS_FAST_MODE: in libyara 4.2 it forgets all but the first match of a string that is
  // asked for by `any of … in (…)`.
  yr_scanner_set_flags(scanner_, SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING);
}

Scanner::~Scanner() { yr_scanner_destroy(scanner_); }

void Scanner::define(const Document& document) {
  for (std::size_t i = 0; i < kEndVariables.size(); ++i) {
    const auto end = document.last_of(static_cast<Part>(i));
    require(yr_scanner_define_integer_variable(scanner_, kEndVariables[i],
                                               static_cast<std::int64_t>(end)));
  }
  require(yr_scanner_define_string_variable(scanner_, "host", document.host.c_str()));
  require(yr_scanner_define_boolean_variable(scanner_, "has_password",
                                             static_cast<int>(document.has_password)));
  require(yr_scanner_define_boolean_variable(scanner_, "sends_password_away",
                                             static_cast<int>(document.sends_password_away)));
}

ScanResult Scanner::scan(const Document& document) {
  define(document);
  Scan scan{document, {}};
  yr_scanner_set_callback(scanner_, on_message, &scan);
  const auto& text = document.text();
  const int code = yr_scanner_scan_mem(scanner_, reinterpret_cast<const std::uint8_t*>(text.data()),
                                       text.size());
  if (scan.is_out_of_memory || code == ERROR_INSUFFICIENT_MEMORY) throw std::bad_alloc{};
  if (code != ERROR_SUCCESS) scan.result.gap = yara_error(code);
  return std::move(scan.result);
}

}  // namespace webmon::signatures

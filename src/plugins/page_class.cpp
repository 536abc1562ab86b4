// page-class: is this the page itself, or what stands in its place: an error page, a login, a block
// page, a parked domain ... Runs first, so that the others do not take such a page for a change.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "plugins/builder.hpp"
#include "plugins/page_class_signals.hpp"
#include "plugins/status_set.hpp"

namespace webmon {
namespace {

using plugins::add_metric;
using plugins::clean;
using plugins::PageClass;
using plugins::Where;

constexpr std::array kMetrics = {
    MetricSpec{"confidence", 200, "ratio", false, 0, 0,
               "how sure the class is; of a normal page: how little speaks for any other"},
};
constexpr std::array kFacts = {
    FactSpec{
        "class", ValueType::text,
        "normal, error, soft404, login, block_challenge, captcha, parked, maintenance or empty"},
    FactSpec{"signals", ValueType::texts, "the first 12 of what spoke for the class"},
    FactSpec{"waf_hint", ValueType::text,
             "a product for protection that the answer came through, by its headers"},
};
constexpr std::array kOptions = {
    OptionSpec{"accept", ValueType::texts, "[]",
               "classes that are this asset's own, such as [\"login\"]: they are ok and judged"},
};
constexpr ReasonSpec in_place(ReportState state, std::string_view reason, std::string_view help) {
  return {state, reason, help};
}
constexpr std::array kReasons = {
    in_place(ReportState::skipped, "no_page", "the fetch failed"),
    in_place(ReportState::skipped, "error_status",
             "a status of 400 or more and nothing else of note: http-probe tells of it"),
    in_place(ReportState::inconclusive, "block_challenge",
             "what stands in front of the site did not let Webmon through"),
    in_place(ReportState::inconclusive, "captcha", "somebody wants to see a human"),
    in_place(ReportState::inconclusive, "login",
             "a login, where three checks or more have shown the page itself"),
    in_place(ReportState::crit, "error", "an error page or a server's default page of status 200"),
    in_place(ReportState::crit, "soft404", "\"page not found\" with status 200"),
    in_place(ReportState::crit, "parked", "the domain is parked, for sale or expired"),
    in_place(ReportState::crit, "maintenance", "closed for maintenance"),
    in_place(ReportState::crit, "empty", "status 200 without any content"),
};

constexpr double kSure = 0.7;         // a class is given from here on
constexpr std::size_t kShort = 4096;  // bytes of visible text: more is not said in place of a page
constexpr std::size_t kMaxBody = 256U << 10U;
constexpr std::size_t kMaxSources = 40;
constexpr std::size_t kMaxSignals = 12;
constexpr unsigned char kKnown = 3;  // normal checks after which a login is out of place

/// What speaks for each class, and with which words.
class Evidence {
 public:
  void add(PageClass speaks_for, double strength, std::string signal) {
    auto& doubt = doubts_.at(static_cast<std::size_t>(speaks_for));
    doubt *= 1 - strength;
    signals_.emplace_back(speaks_for, std::move(signal));
  }
  double confidence(PageClass value) const {
    return 1 - doubts_.at(static_cast<std::size_t>(value));
  }
  PageClass likeliest() const {
    const auto least = std::ranges::min_element(doubts_);
    return static_cast<PageClass>(least - doubts_.begin());
  }
  boost::json::array signals(PageClass of) const {
    std::vector<std::string_view> words;
    for (const auto& [speaks_for, signal] : signals_) {
      if (speaks_for == of) words.push_back(signal);
    }
    return plugins::bounded_list(words, kMaxSignals);
  }

 private:
  std::array<double, plugins::kPageClasses> doubts_ = [] {
    std::array<double, plugins::kPageClasses> all{};
    all.fill(1);
    return all;
  }();
  std::vector<std::pair<PageClass, std::string>> signals_;
};

bool is_word(char c) noexcept {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80;
}

/// Whole words only: "404" is not in "4040".
bool is_phrase_at(std::string_view text, std::size_t at, std::string_view phrase) {
  if (text.substr(at, phrase.size()) != phrase) return false;
  const std::size_t end = at + phrase.size();
  return end == text.size() || !is_word(text[end]) || !is_word(phrase.back());
}

/// Each phrase counts once. `text` in lower case.
void find_phrases(std::string_view text, Where where, Evidence& evidence) {
  std::array<bool, plugins::kPhrases.size()> is_found{};
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && is_word(text[i - 1])) continue;
    for (const auto& phrase : plugins::phrases_from(text[i])) {
      bool& found = is_found.at(static_cast<std::size_t>(&phrase - plugins::kPhrases.data()));
      if (found || phrase.where != where || !is_phrase_at(text, i, phrase.text)) continue;
      found = true;
      evidence.add(phrase.speaks_for, phrase.strength,
                   fmt::format("{}: {}", where == Where::title ? "title" : "text", phrase.text));
    }
  }
}

bool has_value(const Page& page, const plugins::Guard& guard) {
  const std::string* value = find_header(page.headers, guard.header);
  return value != nullptr && (guard.value.empty() || lower(*value).starts_with(guard.value));
}

std::string_view guard_of(const Page& page) {
  const auto found = std::ranges::find_if(
      plugins::kGuards, [&](const plugins::Guard& guard) { return has_value(page, guard); });
  return found == plugins::kGuards.end() ? std::string_view{} : found->product;
}

void look_at_head(const Page& page, Evidence& evidence) {
  for (const auto& guard : plugins::kChallenges) {
    if (has_value(page, guard)) {
      evidence.add(PageClass::block_challenge, 0.95, fmt::format("header: {}", guard.header));
    }
  }
  if (page.status == 429) evidence.add(PageClass::block_challenge, 0.8, "status: 429");
  if (page.status == 401) evidence.add(PageClass::login, 0.8, "status: 401");
  if (page.status == 403) evidence.add(PageClass::block_challenge, 0.3, "status: 403");
  const bool names_end = find_header(page.headers, "retry-after") != nullptr;
  if (page.status == 503 && names_end) {
    evidence.add(PageClass::maintenance, 0.75, "status: 503 with Retry-After");
  }
}

void look_at_sources(const Page& page, Evidence& evidence) {
  const auto look = [&](std::string_view url) {
    for (const auto& source : plugins::kSources) {
      if (url.find(source.part) == std::string_view::npos) continue;
      evidence.add(source.speaks_for, source.strength, fmt::format("source: {}", source.part));
    }
  };
  if (!page.hops.empty() && page.hops.back().url.host != page.url.host) {
    look(page.hops.back().url.host);
  }
  const PageFeatures& features = page.features;
  for (const Script& script :
       std::span{features.scripts}.first(std::min(features.scripts.size(), kMaxSources))) {
    look(script.src);
  }
  for (const Frame& frame :
       std::span{features.frames}.first(std::min(features.frames.size(), kMaxSources))) {
    look(frame.src);
  }
}

bool has_password_field(const Page& page) {
  if (page.features.tag("input") == 0) return false;
  const std::string_view body = std::string_view{page.body}.substr(0, kMaxBody);
  constexpr std::array<std::string_view, 3> kForms = {"type=\"password\"", "type='password'",
                                                      "type=password"};
  return std::ranges::any_of(
      kForms, [&](std::string_view form) { return body.find(form) != std::string_view::npos; });
}

void look_at_redirect(const Page& page, Evidence& evidence) {
  if (page.hops.size() < 2) return;
  const std::string target = lower(page.hops.back().url.target.substr(0, 256));
  constexpr std::array<std::string_view, 6> kWays = {"login",   "signin", "sign-in",
                                                     "sign_in", "/sso",   "/auth"};
  if (page.url.target == page.hops.back().url.target) return;
  if (std::ranges::any_of(kWays, [&](auto way) { return target.find(way) != target.npos; })) {
    evidence.add(PageClass::login, 0.4, "redirect to a login");
  }
}

bool shows_nothing(const Page& page) {
  const PageFeatures& f = page.features;
  if (!f.is_present) return page.body.find_first_not_of(" \t\r\n") == std::string::npos;
  for (const auto* tag : {"img", "script", "iframe", "svg", "video", "canvas", "object", "embed",
                          "input", "picture"}) {
    if (f.tag(tag) > 0) return false;
  }
  return f.text_bytes == 0;
}

Evidence look(const PluginInput& input) {
  const Page& page = input.page;
  Evidence evidence;
  look_at_head(page, evidence);
  if (page.status == 200 && (!input.asset.request || input.asset.request->method != "HEAD") &&
      shows_nothing(page)) {
    evidence.add(PageClass::empty, 0.95, "nothing to see");
  }
  // More than a few lines of text are not put in place of a page.
  if (!page.features.is_present || page.features.text_bytes > kShort) return evidence;
  find_phrases(lower(page.features.title), Where::title, evidence);
  find_phrases(lower(page.features.text), Where::text, evidence);
  look_at_sources(page, evidence);
  look_at_redirect(page, evidence);
  if (has_password_field(page)) evidence.add(PageClass::login, 0.5, "password field");
  return evidence;
}

PageClass class_of(const Page& page, const Evidence& evidence) {
  const PageClass likeliest = evidence.likeliest();
  if (evidence.confidence(likeliest) >= kSure) return likeliest;
  return page.status >= 400 ? PageClass::error : PageClass::normal;
}

bool is_accepted(const Asset& asset, std::string_view name) {
  const auto* object = plugins::options_of(asset, "page-class");
  const auto* list = object == nullptr ? nullptr : object->if_contains("accept");
  const auto* names = list == nullptr ? nullptr : list->if_array();
  if (names == nullptr) return false;
  return std::ranges::any_of(*names, [&](const boost::json::value& one) {
    return one.is_string() && std::string_view{one.get_string()} == name;
  });
}

constexpr std::string_view in_words(PageClass value) {
  switch (value) {
    case PageClass::error:
      return "an error page or a server's default page";
    case PageClass::soft404:
      return "a page that says that there is no such page";
    case PageClass::login:
      return "a login";
    case PageClass::block_challenge:
      return "a block page or a challenge for browsers";
    case PageClass::captcha:
      return "a captcha";
    case PageClass::parked:
      return "the page of a parked or expired domain";
    case PageClass::maintenance:
      return "a note of maintenance";
    case PageClass::empty:
      return "an empty page";
    case PageClass::normal:
      break;
  }
  return "the page";
}

void judge(Report& report, const PluginInput& input, PageClass value) {
  const bool is_guarded = value == PageClass::block_challenge || value == PageClass::captcha ||
                          value == PageClass::login;
  report.state = is_guarded ? ReportState::inconclusive : ReportState::crit;
  report.reason = to_string(value);
  report.findings.push_back(
      {.severity = is_guarded ? Severity::info : Severity::crit,
       .code = report.reason,
       .message = fmt::format("in place of the page came {} (status {})", in_words(value),
                              input.page.status),
       .expected = "the page itself",
       .seen = report.reason,
       .evidence = clean(
           input.page.features.title.empty() ? input.page.features.text : input.page.features.title,
           200)});
}

PluginOutput run(const PluginInput& input) {
  const Page& page = input.page;
  if (page.outcome != Outcome::ok) return plugins::skipped(input, "no_page");
  const Evidence evidence = look(input);
  const PageClass value = class_of(page, evidence);
  const auto normal_checks = static_cast<unsigned char>(input.state.empty() ? 0 : input.state[0]);
  PluginOutput output;
  output.next_state = input.state;
  Report& report = output.report;
  report.facts["class"] = to_string(value);
  if (const auto guard = guard_of(page); !guard.empty()) report.facts["waf_hint"] = guard;
  if (value == PageClass::normal) {
    add_metric(report, kMetrics[0], 1 - evidence.confidence(evidence.likeliest()));
    output.next_state = std::string(1, static_cast<char>(std::min<int>(normal_checks + 1, kKnown)));
    return output;
  }
  report.facts["signals"] = evidence.signals(value);
  const bool is_by_status = evidence.confidence(value) < kSure;
  add_metric(report, kMetrics[0], is_by_status ? 1 : evidence.confidence(value));
  const bool is_own = value == PageClass::login && normal_checks < kKnown && page.status < 400;
  if (is_own || is_accepted(input.asset, to_string(value))) return output;
  if (page.status >= 400 && (is_by_status || value == PageClass::login)) {
    report.state = ReportState::skipped;
    report.reason = "error_status";
    return output;
  }
  judge(report, input, value);
  return output;
}

constexpr Plugin kPlugin{.name = "page-class",
                         .number = kPageClass,
                         .version = 1,
                         .stage = Stage::first,
                         .sees_ignored = true,
                         .summary = "Whether this is the page itself, or what stands in its place.",
                         .metrics = kMetrics,
                         .facts = kFacts,
                         .reasons = kReasons,
                         .options = kOptions,
                         .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon

// assertions: what the asset's owner says must hold, in the words of blackbox_exporter's http
// prober where it has them (its CONFIGURATION.md), with RE2 and JSON Pointers (RFC 6901).
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "lib/core/http_date.hpp"
#include "plugins/builder.hpp"
#include "plugins/header_list.hpp"
#include "plugins/status_set.hpp"

namespace webmon {
namespace {

namespace json = boost::json;
using plugins::add_metric;
using plugins::clean;

constexpr std::array kMetrics = {
    MetricSpec{"failed", 1900, "count", false, 0, 0, "assertions that do not hold"},
};
constexpr std::array kFacts = {
    FactSpec{"each", ValueType::objects, "the first 20: expr, pass, actual"},
    FactSpec{"detail", ValueType::text, "which option cannot be read, and why"},
};
constexpr std::array kReasons = {
    ReasonSpec{ReportState::skipped, "no_assertions", "the asset has none"},
    ReasonSpec{ReportState::skipped, "no_page", "the fetch failed: http-probe tells of it"},
    ReasonSpec{ReportState::error, "bad_option", "an option cannot be read; the detail says which"},
    ReasonSpec{ReportState::crit, "assertion_failed", "one does not hold"},
};
constexpr OptionSpec list(std::string_view name, ValueType type, std::string_view help) {
  return {name, type, "none", help};
}
constexpr std::array kOptions = {
    list("valid_status_codes", ValueType::objects,
         "numbers, or texts such as \"2xx\" and \"300-399\"; http-probe accepts these, too"),
    list("valid_http_versions", ValueType::texts, "\"HTTP/1.0\", \"HTTP/1.1\", \"HTTP/2.0\""),
    list("fail_if_ssl", ValueType::boolean, "the answer must not have come over TLS"),
    list("fail_if_not_ssl", ValueType::boolean, "the answer must have come over TLS"),
    list("fail_if_body_matches_regexp", ValueType::texts, "none of these may be found in the body"),
    list("fail_if_body_not_matches_regexp", ValueType::texts, "all of these must be found in it"),
    list("fail_if_header_matches", ValueType::objects,
         "{\"header\",\"regexp\",\"allow_missing\"}: no value of the header may match"),
    list("fail_if_header_not_matches", ValueType::objects,
         "{\"header\",\"regexp\",\"allow_missing\"}: a value of the header must match"),
    list("json", ValueType::objects,
         "{\"path\",\"op\",\"value\"}: a JSON Pointer into the body; op is ==, !=, <, <=, >, >=, "
         "matches (a regular expression) or exists"),
    list("min_bytes", ValueType::integer, "the decoded body must have at least so many"),
    list("max_bytes", ValueType::integer, "the decoded body may have at most so many"),
    list("max_ms", ValueType::number, "the whole fetch may take so long"),
    list("max_age_s", ValueType::number, "by Last-Modified, or else by Age"),
};

constexpr std::size_t kMostAssertions = 32;
constexpr std::size_t kMostTold = 20;
constexpr std::size_t kMostFindings = 8;
constexpr std::size_t kMostExpression = 1000;
constexpr std::size_t kMostJson = 1U << 20U;
constexpr std::int64_t kRe2Memory = 1 << 20;

/// An option that cannot be read.
struct BadOption {
  std::string detail;
};

struct Asserted {
  std::string expression;
  bool holds = false;
  std::string actual;
};

/// One asset's assertions about one page.
class Checks {
 public:
  explicit Checks(const Page& page) : page_{page} {}

  std::optional<BadOption> check(std::string_view option, const json::value& value);
  const std::vector<Asserted>& all() const noexcept { return all_; }

 private:
  using Check = std::optional<BadOption> (Checks::*)(std::string_view, const json::value&);
  static Check find(std::string_view option) noexcept;

  std::optional<BadOption> each(std::string_view option, const json::value& value, Check one);
  std::optional<BadOption> status(std::string_view option, const json::value& value);
  std::optional<BadOption> version(std::string_view option, const json::value& value);
  std::optional<BadOption> tls(std::string_view option, const json::value& value);
  std::optional<BadOption> body(std::string_view option, const json::value& value);
  std::optional<BadOption> header(std::string_view option, const json::value& value);
  std::optional<BadOption> pointer(std::string_view option, const json::value& value);
  std::optional<BadOption> number(std::string_view option, const json::value& value);

  std::optional<double> age_s() const;
  const json::value& document();
  std::optional<BadOption> compile(const json::value& value, std::optional<re2::RE2>& out) const;
  void add(std::string expression, bool holds, std::string actual) {
    all_.push_back({clean(expression, 160), holds, clean(actual, 160)});
  }

  const Page& page_;
  std::vector<Asserted> all_;
  std::optional<json::value> document_;
};

BadOption wrong(std::string_view option, std::string_view why) {
  return {fmt::format("{}: {}", option, why)};
}

Checks::Check Checks::find(std::string_view option) noexcept {
  struct Row {
    std::string_view option;
    Check check;
  };
  static constexpr std::array kRows = {Row{"valid_status_codes", &Checks::status},
                                       Row{"valid_http_versions", &Checks::version},
                                       Row{"fail_if_ssl", &Checks::tls},
                                       Row{"fail_if_not_ssl", &Checks::tls},
                                       Row{"fail_if_body_matches_regexp", &Checks::body},
                                       Row{"fail_if_body_not_matches_regexp", &Checks::body},
                                       Row{"fail_if_header_matches", &Checks::header},
                                       Row{"fail_if_header_not_matches", &Checks::header},
                                       Row{"json", &Checks::pointer},
                                       Row{"min_bytes", &Checks::number},
                                       Row{"max_bytes", &Checks::number},
                                       Row{"max_ms", &Checks::number},
                                       Row{"max_age_s", &Checks::number}};
  const auto found = std::ranges::find(kRows, option, &Row::option);
  return found == kRows.end() ? nullptr : found->check;
}

std::optional<BadOption> Checks::check(std::string_view option, const json::value& value) {
  const Check one = find(option);
  if (one == nullptr) return wrong(option, "there is no such option; webmon plugins assertions");
  const bool is_list = one == &Checks::body || one == &Checks::header || one == &Checks::pointer;
  return is_list ? each(option, value, one) : (this->*one)(option, value);
}

std::optional<BadOption> Checks::each(std::string_view option, const json::value& value,
                                      Check one) {
  const auto* items = value.if_array();
  if (items == nullptr) return wrong(option, "must be an array");
  for (const json::value& item : *items) {
    if (all_.size() == kMostAssertions) return wrong(option, "more than 32 assertions");
    if (auto bad = (this->*one)(option, item)) return bad;
  }
  return {};
}

std::optional<BadOption> Checks::status(std::string_view option, const json::value& value) {
  const auto* sets = value.if_array();
  if (sets == nullptr || sets->empty())
    return wrong(option, "must be an array, such as [200, \"3xx\"]");
  add(fmt::format("status in {}", json::serialize(value)),
      std::ranges::any_of(
          *sets, [&](const json::value& one) { return plugins::is_in(one, page_.status); }),
      std::to_string(page_.status));
  return {};
}

std::optional<BadOption> Checks::version(std::string_view option, const json::value& value) {
  const auto* names = value.if_array();
  if (names == nullptr) return wrong(option, "must be an array, such as [\"HTTP/1.1\"]");
  const std::string actual = "HTTP/" + (page_.http_version == "2" ? "2.0" : page_.http_version);
  const bool holds = std::ranges::any_of(*names, [&](const json::value& one) {
    return one.is_string() && std::string_view{one.get_string()} == actual;
  });
  add(fmt::format("version in {}", json::serialize(value)), holds, actual);
  return {};
}

std::optional<BadOption> Checks::tls(std::string_view option, const json::value& value) {
  const auto* is_on = value.if_bool();
  if (is_on == nullptr) return wrong(option, "must be true or false");
  if (!*is_on) return {};
  const bool is_tls = page_.hops.empty() ? page_.url.is_https : page_.hops.back().url.is_https;
  const bool must_be = option == "fail_if_not_ssl";
  add(must_be ? "over TLS" : "not over TLS", is_tls == must_be, is_tls ? "https" : "http");
  return {};
}

std::optional<BadOption> Checks::compile(const json::value& value,
                                         std::optional<re2::RE2>& out) const {
  const auto* text = value.if_string();
  if (text == nullptr || text->empty()) return BadOption{"a regular expression must be a text"};
  if (text->size() > kMostExpression) return BadOption{"over 1,000 bytes of regular expression"};
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRe2Memory);
  out.emplace(re2::StringPiece{text->data(), text->size()}, options);
  if (out->ok()) return {};
  return BadOption{fmt::format("{}: {}", clean(*text, 100), out->error())};
}

std::optional<BadOption> Checks::body(std::string_view option, const json::value& value) {
  constexpr std::size_t kAround = 40;
  std::optional<re2::RE2> expression;
  if (auto bad = compile(value, expression)) return wrong(option, bad->detail);
  re2::StringPiece match;
  const re2::StringPiece text{page_.body};
  const bool is_found = expression->Match(text, 0, text.size(), re2::RE2::UNANCHORED, &match, 1);
  const bool must_match = option == "fail_if_body_not_matches_regexp";
  std::string actual = "no match";
  if (is_found) {
    const auto at = static_cast<std::size_t>(match.data() - text.data());
    const std::size_t from = at - std::min(at, kAround);
    actual =
        page_.body.substr(from, std::min<std::size_t>(at - from + match.size() + kAround, 160));
  }
  add(fmt::format("body {} {}", must_match ? "matches" : "does not match",
                  std::string_view{value.get_string()}),
      is_found == must_match, std::move(actual));
  return {};
}

std::optional<BadOption> Checks::header(std::string_view option, const json::value& value) {
  const auto* spec = value.if_object();
  const auto* name = spec == nullptr ? nullptr : spec->if_contains("header");
  const auto* text = spec == nullptr ? nullptr : spec->if_contains("regexp");
  if (name == nullptr || !name->is_string() || text == nullptr) {
    return wrong(option, "each must be {\"header\":…,\"regexp\":…}");
  }
  const auto* missing = spec->if_contains("allow_missing");
  const bool may_miss = missing != nullptr && missing->is_bool() && missing->get_bool();
  std::optional<re2::RE2> expression;
  if (auto bad = compile(*text, expression)) return wrong(option, bad->detail);
  const bool must_match = option == "fail_if_header_not_matches";
  const std::string header = lower(std::string_view{name->get_string()});
  const auto values = plugins::joined(page_.headers, header, "\n");
  bool is_found = false;
  for (const auto& [one, content] : page_.headers) {
    is_found = is_found || (one == header && re2::RE2::PartialMatch(content, *expression));
  }
  add(fmt::format("{} {} {}", header, must_match ? "matches" : "does not match",
                  std::string_view{text->as_string()}),
      values ? is_found == must_match : may_miss, values.value_or("not sent"));
  return {};
}

const json::value& Checks::document() {
  if (document_) return *document_;
  json::error_code code;
  if (page_.body.size() <= kMostJson) document_ = json::parse(page_.body, code);
  if (!document_ || code) document_ = json::value{};
  return *document_;
}

/// Numbers by value, whatever their type; texts by bytes. Nothing: not comparable.
std::optional<int> order(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) {
    const auto x = a.to_number<double>(), y = b.to_number<double>();
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.is_string() && b.is_string()) {
    return std::clamp(std::string_view{a.get_string()}.compare(b.get_string()), -1, 1);
  }
  return {};
}

std::optional<bool> compare(const json::value& a, std::string_view op, const json::value& b) {
  const auto by = order(a, b);
  if (op == "==") return by ? *by == 0 : a == b;
  if (op == "!=") return by ? *by != 0 : a != b;
  if (op == "<") return by && *by < 0;
  if (op == "<=") return by && *by <= 0;
  if (op == ">") return by && *by > 0;
  if (op == ">=") return by && *by >= 0;
  return {};
}

std::optional<BadOption> Checks::pointer(std::string_view option, const json::value& value) {
  const auto* spec = value.if_object();
  const auto* path = spec == nullptr ? nullptr : spec->if_contains("path");
  const auto* op = spec == nullptr ? nullptr : spec->if_contains("op");
  if (path == nullptr || !path->is_string() || op == nullptr || !op->is_string()) {
    return wrong(option, "each must be {\"path\":…,\"op\":…,\"value\":…}");
  }
  const json::string_view where = path->get_string();
  const std::string_view how = op->get_string();
  const auto* wanted = spec->if_contains("value");
  json::error_code code;
  const json::value* found = document().find_pointer(where, code);
  std::optional<bool> holds;
  if (how == "exists") {
    holds = found != nullptr;
  } else if (wanted == nullptr) {
    return wrong(option, "a value to compare with is missing");
  } else if (how == "matches") {
    std::optional<re2::RE2> expression;
    if (auto bad = compile(*wanted, expression)) return wrong(option, bad->detail);
    holds =
        found != nullptr && found->is_string() &&
        re2::RE2::PartialMatch(
            re2::StringPiece{found->get_string().data(), found->get_string().size()}, *expression);
  } else {
    holds = compare(found == nullptr ? json::value{} : *found, how, *wanted);
    if (holds && found == nullptr) holds = false;
  }
  if (!holds) return wrong(option, fmt::format("there is no op {}", clean(how, 40)));
  add(fmt::format("json {} {} {}", std::string_view{where}, how,
                  wanted == nullptr ? "" : json::serialize(*wanted)),
      *holds, found == nullptr ? "not there" : json::serialize(*found).substr(0, 320));
  return {};
}

std::optional<double> Checks::age_s() const {
  if (const std::string* header = find_header(page_.headers, "last-modified")) {
    if (const auto time = parse_http_date(*header)) {
      return std::chrono::duration<double>(page_.observed_at - *time).count();
    }
  }
  const std::string* header = find_header(page_.headers, "age");
  return header == nullptr ? std::nullopt : plugins::seconds_of(plugins::trim(*header));
}

std::optional<BadOption> Checks::number(std::string_view option, const json::value& value) {
  if (!value.is_number()) return wrong(option, "must be a number");
  const auto limit = value.to_number<double>();
  const auto bytes = static_cast<double>(page_.body.size());
  if (option == "min_bytes") {
    add(fmt::format("bytes >= {:g}", limit), bytes >= limit, fmt::format("{:.0f}", bytes));
  } else if (option == "max_bytes") {
    add(fmt::format("bytes <= {:g}", limit), bytes <= limit, fmt::format("{:.0f}", bytes));
  } else if (option == "max_ms") {
    const double ms = static_cast<double>(page_.total.count()) / 1000;
    add(fmt::format("ms <= {:g}", limit), ms <= limit, fmt::format("{:.1f}", ms));
  } else {
    const auto age = age_s();
    add(fmt::format("age_s <= {:g}", limit), age && *age <= limit,
        age ? fmt::format("{:.0f}", *age) : "neither Last-Modified nor Age");
  }
  return {};
}

bool has_any(const json::object* options) {
  return options != nullptr && options->size() > (options->contains("enabled") ? 1U : 0U);
}

void tell(Report& report, const std::vector<Asserted>& all) {
  json::array each;
  double failed = 0;
  for (const Asserted& one : all) {
    if (each.size() < kMostTold) {
      each.push_back({{"expr", one.expression}, {"pass", one.holds}, {"actual", one.actual}});
    }
    if (one.holds) continue;
    failed += 1;
    if (report.findings.size() == kMostFindings) continue;
    plugins::add_finding(report, {.severity = Severity::crit,
                                  .code = "assertion_failed",
                                  .message = fmt::format("does not hold: {}", one.expression),
                                  .expected = one.expression,
                                  .seen = one.actual,
                                  .evidence = {}});
  }
  report.facts["each"] = std::move(each);
  add_metric(report, kMetrics[0], failed);
}

PluginOutput run(const PluginInput& input) {
  const json::object* options = plugins::options_of(input.asset, "assertions");
  if (!has_any(options)) return plugins::skipped(input, "no_assertions");
  if (input.page.outcome != Outcome::ok) return plugins::skipped(input, "no_page");
  PluginOutput output;
  Checks checks{input.page};
  for (const auto& option : *options) {
    if (option.key() == "enabled") continue;
    if (const auto bad = checks.check(option.key(), option.value())) {
      output.report.state = ReportState::error;
      output.report.reason = "bad_option";
      output.report.facts["detail"] = clean(bad->detail, 300);
      return output;
    }
  }
  tell(output.report, checks.all());
  return output;
}

constexpr Plugin kPlugin{
    .name = "assertions",
    .number = 19,
    .version = 1,
    .sees_ignored = true,
    .summary = "Whether all holds that the asset's options demand of the page.",
    .metrics = kMetrics,
    .facts = kFacts,
    .reasons = kReasons,
    .options = kOptions,
    .run = run};
const Registration kRegistration{kPlugin};

}  // namespace
}  // namespace webmon
